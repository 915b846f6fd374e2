import { beforeAll, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError } from '../errors.js';
import type { SparseRow } from '../sparse/row.js';
import { collect, openModel, rows, stream, TEXTS } from '../testing/encoding.js';

beforeAll(() => setEngine('onnx'));

describe('encodeStream', () => {
  test('gives what encode gives, from a generator, an async one and an array', async () => {
    const model = await openModel('splade-bert');
    const expected = rows(await model.encode(TEXTS, { batchSize: 3 }));
    function* generator(): Generator<string> {
      yield* TEXTS;
    }
    const options = { batchSize: 3 };
    for (const input of [TEXTS, generator(), stream(TEXTS)]) {
      expect(await collect(model.encodeStream(input, options))).toEqual(expected);
    }
    expect(await collect(model.encodeStream([]))).toEqual([]);
  });

  test('reads a window ahead and no more, and closes the input when the consumer stops', async () => {
    const model = await openModel('inference-free');
    let read = 0;
    let closed = false;
    function* endless(): Generator<string> {
      try {
        for (;;) {
          read++;
          yield 'a tree';
        }
      } finally {
        closed = true;
      }
    }
    let taken = 0;
    for await (const row of model.encodeStream(endless(), { batchSize: 1, task: 'query' })) {
      expect(row.indices.length).toBeGreaterThan(0);
      expect(read - taken).toBeLessThanOrEqual(32);
      if (++taken === 40) break;
    }
    // Windows of 1, 2, 4, ... 32 texts.
    expect(read).toBe(63);
    expect(closed).toBe(true);
  });

  test('yields all texts before an invalid one, names its position in the input, and closes the input', async () => {
    const model = await openModel('inference-free');
    let closed = false;
    async function* input(): AsyncGenerator<string> {
      try {
        for (let index = 0; ; index++) yield index === 70 ? (7 as unknown as string) : 'a tree';
      } finally {
        closed = true;
      }
    }
    const found: SparseRow[] = [];
    const work = async (): Promise<void> => {
      for await (const row of model.encodeStream(input(), { batchSize: 1, task: 'query' })) found.push(row);
    };
    await expect(work()).rejects.toThrow(
      new InputError('texts[70] is 7; expected a string or a pair of strings'),
    );
    expect(found).toHaveLength(70);
    expect(closed).toBe(true);
  });

  test('ends with the signal while the input goes on, and with the error of the input', async () => {
    const model = await openModel('inference-free');
    const controller = new AbortController();
    async function* aborting(): AsyncGenerator<string> {
      yield 'a tree';
      controller.abort(new Error('enough'));
      for (;;) yield 'a tree';
    }
    const options = { task: 'query', signal: controller.signal };
    await expect(collect(model.encodeStream(aborting(), options))).rejects.toThrow('enough');
  });

  test('gives the embeddings of all texts before an error of the input', async () => {
    const model = await openModel('inference-free');
    async function* failing(): AsyncGenerator<string> {
      yield* ['a tree', 'a sword'];
      throw new TypeError('the disk is gone');
    }
    const found: SparseRow[] = [];
    const work = async (): Promise<void> => {
      for await (const row of model.encodeStream(failing(), { task: 'query' })) found.push(row);
    };
    await expect(work()).rejects.toThrow('the disk is gone');
    expect(found).toEqual(rows(await model.encodeQuery(['a tree', 'a sword'])));
  });

  test('gives embeddings, and ends with the signal, while the input keeps silent', async () => {
    const model = await openModel('inference-free');
    const controller = new AbortController();
    async function* silent(): AsyncGenerator<string> {
      yield 'a tree';
      await new Promise(() => undefined);
    }
    const embeddings = model.encodeStream(silent(), { task: 'query', signal: controller.signal });
    expect((await embeddings.next()).done).toBe(false);
    const next = embeddings.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });

  test.each([
    ['a text', 'texts is "a text"; expected an iterable of texts, such as an array or a generator'],
    [
      { length: 1 },
      'texts is an object (Object); expected an iterable of texts, such as an array or a generator',
    ],
  ])('%o is not a stream', async (texts, told) => {
    const model = await openModel('splade-bert');
    await expect(collect(model.encodeStream(texts as string))).rejects.toThrow(new InputError(told));
  });
});
