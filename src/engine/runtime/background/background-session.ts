import type * as Ort from 'onnxruntime-node';
import { THREAD_STACK } from '../../../worker-thread.js';
import { requireShortCommandLine } from '../command-line.js';
import { loadOrt } from '../ort.js';
import { backgroundThread } from './background-thread.js';
import type { PackedTensors, Signature } from './messages.js';

/** An ONNX Runtime session that runs in a separate thread. Its outputs are new tensors. */
export class BackgroundSession implements Signature {
  readonly inputMetadata: Signature['inputMetadata'];
  readonly outputMetadata: Signature['outputMetadata'];
  readonly outputNames: Signature['outputNames'];
  readonly #ort: typeof Ort;
  readonly #session: number;

  private constructor(ort: typeof Ort, session: number, signature: Signature) {
    this.inputMetadata = signature.inputMetadata;
    this.outputMetadata = signature.outputMetadata;
    this.outputNames = signature.outputNames;
    this.#ort = ort;
    this.#session = session;
  }

  /**
   * @param model the bytes of the model, which are transferred and empty afterwards, or the path of its file
   * @throws Error if ONNX Runtime refuses the model
   */
  static async create(
    model: Uint8Array | string,
    options: Ort.InferenceSession.SessionOptions,
  ): Promise<BackgroundSession> {
    const ort = await loadOrt();
    requireShortCommandLine(THREAD_STACK);
    const session = backgroundThread.open();
    try {
      const moved = typeof model === 'string' ? [] : [model.buffer as ArrayBuffer];
      const { signature } = await backgroundThread.ask(
        { kind: 'create', session, model, options },
        'created',
        moved,
      );
      return new BackgroundSession(ort, session, signature);
    } catch (error) {
      await backgroundThread.close();
      throw error;
    }
  }

  /**
   * @param fetches the outputs to compute. Default: all
   * @throws Error if the run fails
   */
  async run(
    feeds: Readonly<Record<string, Ort.Tensor>>,
    fetches?: readonly string[],
  ): Promise<Record<string, Ort.Tensor>> {
    const packed = Object.entries(feeds).map(([name, { type, dims, data }]) => [name, { type, dims, data }]);
    const { outputs } = await backgroundThread.ask(
      { kind: 'run', session: this.#session, feeds: Object.fromEntries(packed) as PackedTensors, fetches },
      'ran',
    );
    const tensors = Object.entries(outputs).map(([name, { type, data, dims }]) => [
      name,
      new this.#ort.Tensor(type, data as Float32Array, dims),
    ]);
    return Object.fromEntries(tensors) as Record<string, Ort.Tensor>;
  }

  async release(): Promise<void> {
    try {
      await backgroundThread.ask({ kind: 'release', session: this.#session }, 'released');
    } finally {
      await backgroundThread.close();
    }
  }
}
