import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { Tokenizer } from 'tokenizers';
import { type Embedding, readEmbeddings } from './browser/encoder/embedding.js';
import type { Consumer, Outcome, Trial } from './consumer.js';
import { EVERY_FORMAT } from './consumer.js';

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
  const json: unknown = JSON.parse(
    await readFile(join(graph.folder, graph.tokenizer, 'tokenizer.json'), 'utf8'),
  );
  const tokenizer = Tokenizer.fromString(JSON.stringify(json));
  tokenizer.setTruncation(graph.maxLength);
  tokenizer.setPadding({ padToken: graph.paddingToken, padId: tokenizer.tokenToId(graph.paddingToken) ?? 0 });
  const loaded = performance.now();

  const embeddings: Embedding[] = [];
  const ids: number[][] = [];
  for (let first = 0; first < texts.length; first += BATCH) {
    const encodings = await tokenizer.encodeBatch(texts.slice(first, first + BATCH), {
      addSpecialTokens: graph.addSpecialTokens,
    });
    const mask = encodings.flatMap((encoding) => encoding.getAttentionMask());
    const all: Record<string, readonly number[]> = {
      input_ids: encodings.flatMap((encoding) => encoding.getIds()),
      attention_mask: mask,
      token_type_ids: encodings.flatMap((encoding) => encoding.getTypeIds()),
    };
    const dims = [encodings.length, mask.length / encodings.length];
    const feeds = graph.inputNames.map((name) => [
      name,
      new Tensor('int64', BigInt64Array.from(all[name] ?? [], BigInt), dims),
    ]);
    const outputs = await session.run(Object.fromEntries(feeds) as InferenceSession.FeedsType);
    embeddings.push(...readEmbeddings(outputs, mask, graph));
    ids.push(
      ...encodings.map((each) => each.getIds().filter((_, index) => each.getAttentionMask()[index] === 1)),
    );
  }
  await session.release();
  return {
    version: `onnxruntime-node ${env.versions.node}`,
    loadSeconds: (loaded - begin) / 1000,
    encodeSeconds: (performance.now() - loaded) / 1000,
    embeddings,
    ids,
  };
}
