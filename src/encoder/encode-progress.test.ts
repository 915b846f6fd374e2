import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { collect, openModel, stream, TEXTS } from '../testing/encoding.js';

beforeAll(() => setEngine('onnx'));

describe('onProgress and signal', () => {
  test('progress is told after each batch, with the number of texts', async () => {
    const model = await openModel('splade-bert');
    const told: [number, number | undefined][] = [];
    await model.encode(TEXTS, { batchSize: 3, onProgress: (done, total) => told.push([done, total]) });
    // The longest by itself: with two others it would be more padding than a batch costs.
    expect(told).toEqual([
      [1, 7],
      [4, 7],
      [7, 7],
    ]);
    told.length = 0;
    await collect(
      model.encodeStream(stream(TEXTS), {
        batchSize: 4,
        onProgress: (done, total) => told.push([done, total]),
      }),
    );
    expect(told).toEqual([
      [1, undefined],
      [3, undefined],
      [7, undefined],
    ]);
  });

  test('a signal that was given before ends everything, also for no texts', async () => {
    const model = await openModel('splade-bert');
    const reason = new Error('the user left');
    const signal = AbortSignal.abort(reason);
    await expect(model.encode(TEXTS, { signal })).rejects.toBe(reason);
    await expect(model.encode([], { signal })).rejects.toBe(reason);
    await expect(model.encodeDocument(TEXTS, { signal })).rejects.toBe(reason);
    await expect(collect(model.encodeStream(TEXTS, { signal }))).rejects.toBe(reason);
  });

  test('a signal between batches ends the work with its reason, and leaves no tensors', async () => {
    const model = await openModel('splade-bert');
    await model.encode(TEXTS);
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const onProgress = vi.fn<() => void>(() => controller.abort());
    const work = model.encode(TEXTS, { batchSize: 1, signal: controller.signal, onProgress });
    await expect(work).rejects.toMatchObject({ name: 'AbortError' });
    expect(onProgress).toHaveBeenCalledTimes(1);
    expect(tf.memory().numTensors).toBe(before);
    expect(await model.encode(TEXTS)).toMatchObject({ rows: 7 });
  });

  test('an error of onProgress comes through, and the model goes on', async () => {
    const model = await openModel('splade-bert');
    const expected = await model.encode(TEXTS, { batchSize: 2 });
    const before = tf.memory().numTensors;
    const onProgress = (): void => {
      throw new RangeError('of the caller');
    };
    await expect(model.encode(TEXTS, { batchSize: 2, onProgress })).rejects.toThrow('of the caller');
    expect(tf.memory().numTensors).toBe(before);
    expect(await model.encode(TEXTS, { batchSize: 2 })).toEqual(expected);
  });
});

test('a progress bar is silent where standard error is no terminal', async () => {
  const model = await openModel('splade-bert');
  const write = vi.spyOn(process.stderr, 'write');
  await model.encode(TEXTS, { showProgressBar: true });
  expect(write).not.toHaveBeenCalled();
  write.mockRestore();
});
