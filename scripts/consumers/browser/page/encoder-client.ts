import type { Backend, SiteGraph } from '../site.js';
import type { Answer, Embedded, Loaded, Request } from './protocol.js';

interface Waiting {
  readonly resolve: (result: Loaded | Embedded) => void;
  readonly reject: (error: Error) => void;
}

/** A model in a worker, so that computing does not block typing. */
export class EncoderClient {
  readonly #worker = new Worker(new URL('worker.js', document.baseURI), { type: 'module' });
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  constructor(onProgress: (note: string) => void) {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if (data.kind === 'progress') {
        onProgress(data.note);
        return;
      }
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.kind === 'done') waiting?.resolve(data.result);
      else waiting?.reject(new Error(data.message));
    });
    this.#worker.addEventListener('error', ({ message }) =>
      this.#fail(message || 'The worker does not start.'),
    );
  }

  async load(graph: SiteGraph, backend: Backend): Promise<Loaded> {
    return (await this.#ask({ kind: 'load', id: ++this.#asked, graph, backend })) as Loaded;
  }

  async embed(text: string): Promise<Embedded> {
    return (await this.#ask({ kind: 'embed', id: ++this.#asked, text })) as Embedded;
  }

  dispose(): void {
    this.#worker.terminate();
    this.#fail('Another model was chosen.');
  }

  #ask(request: Request): Promise<Loaded | Embedded> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.postMessage(request, []);
    });
  }

  #fail(message: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(message));
    this.#waiting.clear();
  }
}
