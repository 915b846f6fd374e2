import { join } from 'node:path';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { type Encoding, Tokenizer } from 'tokenizers';
import { turnTelemetryOff } from '../../src/engine/runtime/no-telemetry.js';
import { type Embedding, readEmbeddings } from './browser/encoder/embedding.js';
import type { Consumer, Outcome, Trial } from './consumer.js';
import { EVERY_FORMAT } from './consumer.js';
import type { ExportedGraph } from './exported-graph.js';

turnTelemetryOff();

const BATCH = 4;

export const onnxruntimeNode: Consumer = {
  summary: 'the runtime in Node, with the npm package tokenizers',
  formats: EVERY_FORMAT,
  tasks: true,
  run,
};

async function run({ graph, texts }: Trial): Promise<Outcome> {
  const begin = performance.now();
  const session = await InferenceSession.create(join(graph.folder, graph.file));
  try {
    const tokenizer = Tokenizer.fromFile(join(graph.folder, graph.tokenizer, 'tokenizer.json'));
    tokenizer.setTruncation(graph.maxLength);
    tokenizer.setPadding({
      padToken: graph.paddingToken,
      padId: tokenizer.tokenToId(graph.paddingToken) ?? 0,
    });
    const loaded = performance.now();
    const embeddings: Embedding[] = [];
    const ids: number[][] = [];
    for (let first = 0; first < texts.length; first += BATCH) {
      const batch = await tokenizer.encodeBatch(texts.slice(first, first + BATCH), {
        addSpecialTokens: graph.addSpecialTokens,
      });
      embeddings.push(...(await embed(session, graph, batch)));
      ids.push(
        ...batch.map((each) => each.getIds().filter((_, index) => each.getAttentionMask()[index] === 1)),
      );
    }
    return {
      version: `onnxruntime-node ${env.versions.node}`,
      loadSeconds: (loaded - begin) / 1000,
      encodeSeconds: (performance.now() - loaded) / 1000,
      embeddings,
      ids,
    };
  } finally {
    await session.release();
  }
}

async function embed(
  session: InferenceSession,
  graph: ExportedGraph,
  batch: readonly Encoding[],
): Promise<Embedding[]> {
  const mask = batch.flatMap((encoding) => encoding.getAttentionMask());
  const all: Record<string, readonly number[]> = {
    input_ids: batch.flatMap((encoding) => encoding.getIds()),
    attention_mask: mask,
    token_type_ids: batch.flatMap((encoding) => encoding.getTypeIds()),
  };
  const dims = [batch.length, mask.length / batch.length];
  const feeds = graph.inputNames.map((name) => [
    name,
    new Tensor('int64', BigInt64Array.from(all[name] ?? [], BigInt), dims),
  ]);
  const outputs = await session.run(Object.fromEntries(feeds) as InferenceSession.FeedsType);
  return readEmbeddings(outputs, mask, graph);
}
