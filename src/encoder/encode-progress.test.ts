import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, type MockInstance, onTestFinished, test, vi } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { collect, openModel, stream, TEXTS } from '../testing/encoding.js';
import { Inference } from './inference.js';

beforeAll(() => setEngine('onnx'));

describe('onProgress and signal', () => {
  test('progress is reported after each batch, with the number of texts', async () => {
    const model = await openModel('splade-bert');
    const told: [number, number | undefined][] = [];
    await model.encode(TEXTS, { batchSize: 3, onProgress: (done, total) => told.push([done, total]) });
    // The longest text forms its own batch: with two others, the padding would cost more than a batch.
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
      // Windows of 4 texts, then of the rest.
      [2, undefined],
      [4, undefined],
      [7, undefined],
    ]);
  });

  test('a signal that has aborted before ends everything, also without texts', async () => {
    const model = await openModel('splade-bert');
    const reason = new Error('the user left');
    const signal = AbortSignal.abort(reason);
    await expect(model.encode(TEXTS, { signal })).rejects.toBe(reason);
    await expect(model.encode([], { signal })).rejects.toBe(reason);
    await expect(model.encodeDocument(TEXTS, { signal })).rejects.toBe(reason);
    await expect(collect(model.encodeStream(TEXTS, { signal }))).rejects.toBe(reason);
  });

  test('a signal ends the call at once with its reason, and leaves no tensors after the batches that had begun', async () => {
    const model = await openModel('splade-bert');
    await model.encode(TEXTS);
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const onProgress = vi.fn<() => void>(() => controller.abort());
    const work = model.encode(TEXTS, { batchSize: 1, signal: controller.signal, onProgress });
    await expect(work).rejects.toMatchObject({ name: 'AbortError' });
    expect(onProgress).toHaveBeenCalledTimes(1);
    expect(await model.encode(TEXTS)).toMatchObject({ rows: 7 });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a signal does not wait for a batch that is computed, and dispose does', async () => {
    const model = await openModel('splade-bert');
    await model.encode(TEXTS);
    const before = tf.memory().numTensors;
    const batches = holdBatches();
    const controller = new AbortController();
    const work = model.encode(TEXTS, { signal: controller.signal });
    await batches.started;
    controller.abort(new Error('enough'));
    await expect(work).rejects.toThrow('enough');
    let isDisposed = false;
    const disposed = model.dispose().then(() => (isDisposed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDisposed).toBe(false);
    batches.letGo();
    await disposed;
    expect(tf.memory().numTensors).toBeLessThan(before);
  });

  test('a batch that waits for others of the model is not computed once its signal aborts', async () => {
    const model = await openModel('splade-bert');
    await model.encode(TEXTS);
    const batches = holdBatches();
    const others = [1, 2].map((maxActiveDims) => model.encode('a cloud', { maxActiveDims }));
    await vi.waitFor(() => expect(batches.embed).toHaveBeenCalledTimes(2));
    const controller = new AbortController();
    const work = model.encode('a sword', { maxActiveDims: 3, signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('enough'));
    await expect(work).rejects.toThrow('enough');
    batches.letGo();
    await Promise.all([...others, model.encode('a sword', { maxActiveDims: 4 })]);
    expect(new Set(batches.embed.mock.calls.map(([, facts]) => facts.maxActiveDims))).toEqual(
      new Set([1, 2, 4]),
    );
  });

  test('texts are encoded as they were when the call began', async () => {
    const model = await openModel('splade-bert');
    const texts = [...TEXTS, ['a', 'sword'] as [string, string]];
    const expected = await model.encode(texts, { batchSize: 1 });
    const changed = texts.map((text) => (typeof text === 'string' ? text : ([...text] as [string, string])));
    const work = model.encode(changed, { batchSize: 1 });
    (changed.at(-1) as string[])[1] = 'cloud';
    changed.length = 2;
    expect(await work).toEqual(expected);
  });

  test('an error of onProgress reaches the caller, and the model goes on', async () => {
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

/** Makes batches wait until they are released. */
function holdBatches(): {
  started: Promise<void>;
  letGo: () => void;
  embed: MockInstance<Inference['embed']>;
} {
  const original = Reflect.get(Inference.prototype, 'embed');
  const embed = vi.spyOn(Inference.prototype, 'embed');
  onTestFinished(() => embed.mockRestore());
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((open) => (letGo = open));
  const started = new Promise<void>((tell) => {
    embed.mockImplementation(async function (this: Inference, ...batch) {
      tell();
      await gate;
      return await original.call(this, ...batch);
    });
  });
  return { started, letGo, embed };
}

test('no progress bar appears if standard error is not a terminal', async () => {
  const model = await openModel('splade-bert');
  const write = vi.spyOn(process.stderr, 'write');
  await model.encode(TEXTS, { showProgressBar: true });
  expect(write).not.toHaveBeenCalled();
  write.mockRestore();
});
