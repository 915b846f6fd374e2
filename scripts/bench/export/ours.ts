import * as ort from 'onnxruntime-node';
import { peakMiB, serve, timed } from '../serve.js';
import { ExportCase } from './spec.js';

/** Ids without special ones; both sides draw the same. */
const FIRST_ID = 1000;
const IDS = 20_000;

await serve(ExportCase, async ({ pooled, texts, length }, threads) => {
  const startMiB = peakMiB();
  const session = await ort.InferenceSession.create(pooled, { intraOpNumThreads: threads });
  const tensor = (value: (index: number) => number): ort.Tensor =>
    new ort.Tensor(
      'int64',
      BigInt64Array.from({ length: texts * length }, (_, index) => BigInt(value(index))),
      [texts, length],
    );
  const feeds = {
    input_ids: tensor((index) => FIRST_ID + ((index * 7919) % IDS)),
    attention_mask: tensor(() => 1),
    token_type_ids: tensor(() => 0),
  };
  const round = async (): Promise<number> => {
    const { sentence_embedding: embeddings } = await session.run(feeds);
    if (embeddings === undefined) throw new Error(`${pooled} gives no sentence_embedding`);
    let sum = 0;
    for (const value of embeddings.data as Float32Array) sum += value;
    return sum;
  };
  return { engine: 'onnxruntime-node, pooled graph', threads, startMiB, round: () => timed(round) };
});
