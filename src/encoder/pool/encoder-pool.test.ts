import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { InputError, ModelFileError, OptionError, UsageError } from '../../errors.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { distance, ROUNDING, rows, TEXTS } from '../../testing/encoding.js';
import { SparseEncoder } from '../sparse-encoder.js';
import { EncodeRequest } from './encode-request.js';
import { EncoderPool } from './encoder-pool.js';
import { EncodingThread } from './encoding-thread.js';
import { PoolQueue } from './pool-queue.js';

const MODEL = 'fixtures/models/splade-bert';

let encoder: SparseEncoder;
let pool: EncoderPool;

/** Batches differ, so sums may be in another order. */
const apart = (found: SparseMatrix, expected: SparseMatrix): number => distance(rows(found), rows(expected));

beforeAll(async () => {
  await setEngine('onnx');
  encoder = await SparseEncoder.load(MODEL);
  pool = await EncoderPool.load(MODEL, { workers: 2, maxBatch: 4 });
});

afterAll(async () => {
  await Promise.all([encoder.dispose(), pool.dispose()]);
});

describe('embeddings', () => {
  it.each(['encode', 'encodeQuery', 'encodeDocument'] as const)(
    'of %s equal those of the encoder',
    async (method) => {
      const texts = Array.from({ length: 23 }, (_, index) => TEXTS[index % TEXTS.length] as string);
      expect(apart(await pool[method](texts), await encoder[method](texts))).toBeLessThan(ROUNDING);
      expect(
        apart(
          await pool[method](texts, { maxActiveDims: 3, normalize: true }),
          await encoder[method](texts, { maxActiveDims: 3, normalize: true }),
        ),
      ).toBeLessThan(ROUNDING);
    },
  );

  it('of no texts have the dimensions of the model', async () => {
    expect(await pool.encode([])).toEqual(await encoder.encode([]));
    expect(pool.dimension).toBe(encoder.dimension);
  });

  it('go to the call that requested them, whatever other calls request', async () => {
    const options = [{}, { maxActiveDims: 2 }, { prompt: 'sword ' }, { normalize: true }];
    const calls = Array.from({ length: 40 }, (_, index) => ({
      text: TEXTS[index % TEXTS.length] as string,
      option: options[index % 4],
    }));
    const found = await Promise.all(calls.map(({ text, option }) => pool.encode(text, option)));
    for (const [index, { text, option }] of calls.entries()) {
      expect(apart(found[index] as SparseMatrix, await encoder.encode(text, option))).toBeLessThan(ROUNDING);
    }
  });
});

describe('a call that cannot be done', () => {
  it('is refused before anything is sent', async () => {
    await expect(pool.encode([1 as unknown as string])).rejects.toThrow(InputError);
    await expect(pool.encode('a', { maxActiveDims: 0 })).rejects.toThrow(OptionError);
    await expect(pool.encode('a', { batchSize: 2 } as object)).rejects.toThrow("it is the pool's maxBatch");
  });

  it('fails with the error of the encoder and leaves those that share its batch alone', async () => {
    const wrong = pool.encode('a', { promptName: 'nowhere' });
    const right = pool.encode('a');
    await expect(wrong).rejects.toThrow(OptionError);
    await expect(wrong).rejects.toThrow('the model has no prompt "nowhere"');
    expect(apart(await right, await encoder.encode('a'))).toBeLessThan(ROUNDING);
  });

  it('does not open a pool', async () => {
    await expect(EncoderPool.load('fixtures/models/none-of-these')).rejects.toThrow(/none-of-these/);
    await expect(EncoderPool.load('fixtures/wordnet')).rejects.toThrow(ModelFileError);
    await expect(EncoderPool.load(MODEL, { workers: 0 })).rejects.toThrow(OptionError);
    await expect(EncoderPool.load(MODEL, { worker: 1 } as object)).rejects.toThrow(
      'EncoderPool.load has no option "worker"; did you mean "workers"?',
    );
  });
});

describe('signal', () => {
  it('ends the call at once and takes its waiting texts out', async () => {
    const controller = new AbortController();
    const done: number[] = [];
    const call = pool.encode(
      Array.from({ length: 4000 }, (_, index) => `sword ${index}`),
      { signal: controller.signal, onProgress: (count) => done.push(count) },
    );
    await vi.waitFor(() => expect(done.length).toBeGreaterThan(0));
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    const after = done.length;
    expect(apart(await pool.encode('sword'), await encoder.encode('sword'))).toBeLessThan(ROUNDING);
    // Each worker had two batches under way.
    expect(done.length - after).toBeLessThanOrEqual(4);
    await expect(pool.encode('a', { signal: controller.signal })).rejects.toBe(reason);
  });
});

describe('dispose', () => {
  it('waits for running calls, refuses later ones and ends the threads', async () => {
    const short = await EncoderPool.load(MODEL, { maxWaitMs: 20 });
    const calls = Promise.all(TEXTS.map((text) => short.encode(text)));
    const [, embeddings] = await Promise.all([short.dispose(), calls]);
    expect(embeddings.map((each) => each.rows)).toEqual(TEXTS.map(() => 1));
    await expect(short.encode('a')).rejects.toThrow(UsageError);
    await short.dispose();
  });
});

it('fails the calls of a thread that ends by itself', async () => {
  const thread = await EncodingThread.open({ path: MODEL, options: {}, threads: 1 });
  const queue = new PoolQueue([thread], { maxBatch: 2, maxWaitMs: 0 });
  const embed = (): Promise<SparseMatrix> =>
    queue.embed(new EncodeRequest('encode', TEXTS, {}), () => undefined, undefined);
  const call = embed();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  await thread.terminate();
  await expect(call).rejects.toThrow('a thread of the EncoderPool ended: exit code 1');
  await expect(embed()).rejects.toThrow('a thread of the EncoderPool ended');
});
