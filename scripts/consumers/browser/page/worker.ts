import type * as ort from 'onnxruntime-web';
import { readEmbeddings } from '../encoder/embedding.js';
import { TextTokenizer, type TokenizerFiles } from '../encoder/text-tokenizer.js';
import type { Backend, SiteGraph } from '../site.js';
import { download } from './download.js';
import type { Answer, Embedded, Loaded, Request } from './protocol.js';

type Runtime = Pick<typeof ort, 'env' | 'InferenceSession' | 'Tensor'>;

interface Model {
  readonly graph: SiteGraph;
  readonly runtime: Runtime;
  readonly session: ort.InferenceSession;
  readonly tokenizer: TextTokenizer;
}

let model: Model | undefined;

const answer = (message: Answer): void => postMessage(message);
const note = (text: string): void => answer({ kind: 'progress', note: text });

/** One at a time: with WebGPU a session accepts only one text at a time. */
let queue = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  queue = queue.then(async () => await reply(data));
});

async function reply(request: Request): Promise<void> {
  const { id } = request;
  try {
    const result =
      request.kind === 'load' ? await load(request.graph, request.backend) : await embed(request.text);
    answer({ kind: 'done', id, result });
  } catch (error) {
    answer({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }
}

async function load(graph: SiteGraph, backend: Backend): Promise<Loaded> {
  const begin = performance.now();
  const runtime = await loadRuntime(backend);
  const [tokenizer, config] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json'].map(
      async (name) => await readJson(`${graph.tokenizer}${name}`),
    ),
  );
  const bytes = await download(graph.model, note);
  const externalData = await Promise.all(
    graph.externalData.map(async (path) => ({
      path: path.split('/').at(-1) ?? path,
      data: await download(path, note),
    })),
  );
  note('Preparing the model');
  const session = await runtime.InferenceSession.create(bytes, {
    executionProviders: [backend],
    externalData,
  });
  model = { graph, runtime, session, tokenizer: new TextTokenizer({ tokenizer, config } as TokenizerFiles) };
  return {
    version: `onnxruntime-web ${runtime.env.versions.web ?? ''}`,
    milliseconds: performance.now() - begin,
  };
}

async function loadRuntime(backend: Backend): Promise<Runtime> {
  if (backend === 'webgpu' && !('gpu' in navigator)) {
    throw new Error('This browser offers no WebGPU; choose WebAssembly.');
  }
  const runtime = await (backend === 'webgpu'
    ? import('onnxruntime-web/webgpu')
    : import('onnxruntime-web/wasm'));
  runtime.env.wasm.wasmPaths = new URL('onnxruntime/', location.href).href;
  return runtime;
}

async function readJson(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} cannot be loaded: ${response.status} ${response.statusText}`);
  return await response.json();
}

async function embed(text: string): Promise<Embedded> {
  if (model === undefined) throw new Error('The model is not loaded yet.');
  const begin = performance.now();
  const { graph, runtime, session, tokenizer } = model;
  const { ids, typeIds } = tokenizer.encode(text, graph);
  // Without special tokens a text may have no tokens, and so no terms: there is nothing to run.
  if (ids.length === 0) return { indices: [], values: [], terms: [], ids: [], milliseconds: 0 };
  const mask = ids.map(() => 1);
  const inputs: Record<string, readonly number[]> = {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: typeIds,
  };
  const feeds = graph.inputNames.map((name) => [
    name,
    new runtime.Tensor('int64', BigInt64Array.from(inputs[name] ?? [], BigInt), [1, ids.length]),
  ]);
  // Logits are large. If the file also gives the embedding, they are not fetched.
  const wanted = graph.format === 'all' ? ['sentence_embedding'] : session.outputNames;
  const outputs = await session.run(Object.fromEntries(feeds) as ort.InferenceSession.FeedsType, wanted);
  const [{ indices, values } = { indices: [], values: [] }] = readEmbeddings(outputs, mask, graph);
  const termOf = (index: number): string =>
    (graph.hasTokens ? tokenizer.idToToken(index) : undefined) ?? `#${index}`;
  return { indices, values, terms: indices.map(termOf), ids, milliseconds: performance.now() - begin };
}
