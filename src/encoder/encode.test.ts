import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError, OptionError } from '../errors.js';
import { rowOf, type SparseRow } from '../sparse/row.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { copyOfModel, editJson, MODELS } from '../testing/files/damaged-model.js';
import { setWarningHandler } from '../warnings.js';
import type { EncodeOptions } from './encode-options.js';
import { SparseEncoder } from './sparse-encoder.js';

const TEXTS = [
  'a painter of houses and walls',
  'dog',
  '',
  'the building that was built for the people who were to live in it, many years ago',
  'a tree',
  'water runs',
  'someone who writes books',
];

/** Of the tests that no call gets through to. */
let untouched: SparseEncoder;
let opened: SparseEncoder[] = [];
let warnings: string[] = [];
let restoreWarnings: ReturnType<typeof setWarningHandler>;

beforeAll(async () => {
  await setEngine('onnx');
  untouched = await SparseEncoder.load(join(MODELS, 'splade-bert'));
});
afterAll(() => untouched.dispose());

beforeEach(async () => {
  await setEngine('onnx');
  opened = [];
  warnings = [];
  restoreWarnings = setWarningHandler((message) => warnings.push(message));
});
afterEach(async () => {
  for (const model of opened) await model.dispose();
  setWarningHandler(restoreWarnings);
});

async function open(name: string, folder = join(MODELS, name)): Promise<SparseEncoder> {
  const model = await SparseEncoder.load(folder);
  opened.push(model);
  return model;
}

const rows = (matrix: SparseMatrix): SparseRow[] =>
  Array.from({ length: matrix.rows }, (_, row) => rowOf(matrix, row));

/** Largest difference of two weights; infinite where the terms differ. */
function distance(actual: readonly SparseRow[], expected: readonly SparseRow[]): number {
  if (actual.length !== expected.length) return Infinity;
  const differences = actual.flatMap(({ indices, values }, row) => {
    const other = expected[row];
    if (other?.indices.join() !== indices.join()) return [Infinity];
    return Array.from(values, (value, place) => Math.abs(value - (other.values[place] ?? NaN)));
  });
  return Math.max(0, ...differences);
}

/** The rounding of another batch or engine; the weights are of order 1. */
const ROUNDING = 1e-5;

/** Given from JavaScript, where nothing checks types. */
const wrong = (options: object): EncodeOptions => options;

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function collect(rowsComing: AsyncIterable<SparseRow>): Promise<SparseRow[]> {
  const found: SparseRow[] = [];
  for await (const row of rowsComing) found.push(row);
  return found;
}

describe('input', () => {
  test('one text is one row, no text is none, of the same number of columns', async () => {
    const model = await open('splade-bert');
    expect(await model.encode('dog')).toMatchObject({ rows: 1, columns: 300 });
    expect(await model.encode([])).toEqual({
      rows: 0,
      columns: 300,
      indptr: new Uint32Array(1),
      indices: new Uint32Array(),
      values: new Float32Array(),
    });
    const csr = await open('csr');
    expect(await csr.encodeQuery([])).toMatchObject({ rows: 0, columns: 64 });
  });

  test.each([
    [['a', 3], 'texts[1] is 3; expected a string or a pair of strings'],
    [['a', null], 'texts[1] is null; expected a string or a pair of strings'],
    [['a', ['b', 'c', 'd']], 'texts[1] is ["b", "c", "d"]; expected a string or a pair of strings'],
    // oxlint-disable-next-line no-sparse-arrays -- what is tested
    [['a', , 'b'], 'texts[1] is undefined; expected a string or a pair of strings'],
    [undefined, 'texts is undefined; expected a string, or an array of strings and pairs of strings'],
    [
      new Set(['a']),
      'texts is an object (Set); expected a string, or an array of strings and pairs of strings',
    ],
  ])('%o is refused before anything is computed', async (texts, told) => {
    const model = untouched;
    const onProgress = vi.fn<() => void>();
    const input = texts as string[];
    await expect(model.encode(input, { batchSize: 1, onProgress })).rejects.toThrow(new InputError(told));
    await expect(model.encodeQuery(input)).rejects.toThrow(told);
    await expect(model.encodeDocument(input)).rejects.toThrow(told);
    expect(onProgress).not.toHaveBeenCalled();
  });

  test('rows are in the order of the texts, whatever their lengths and the size of a batch', async () => {
    const model = await open('splade-bert');
    const alone: SparseRow[] = [];
    for (const text of TEXTS) alone.push(rowOf(await model.encode(text), 0));
    for (const batchSize of [1, 2, 3, 100]) {
      expect(distance(rows(await model.encode(TEXTS, { batchSize })), alone)).toBeLessThan(ROUNDING);
    }
  });
});

describe('options', () => {
  test.each([
    [{ batchSize: 0 }, 'encode: batchSize is 0; expected a whole number of at least 1'],
    [{ batchSize: 1.5 }, 'encode: batchSize is 1.5; expected a whole number of at least 1'],
    [{ batchSize: '8' }, 'encode: batchSize is "8"; expected a whole number of at least 1'],
    [{ maxActiveDims: 0 }, 'encode: maxActiveDims is 0; expected a whole number of at least 1, or null'],
    [{ maxActiveDims: 2.5 }, 'encode: maxActiveDims is 2.5; expected a whole number of at least 1, or null'],
    [{ normalize: 'yes' }, 'encode: normalize is "yes"; expected true or false'],
    [{ prompt: 3 }, 'encode: prompt is 3; expected a string, or null'],
    [{ task: 3 }, 'encode: task is 3; expected a string, or null'],
    [{ signal: 'stop' }, 'encode: signal is "stop"; expected an AbortSignal, or null'],
    [
      { onProgress: true },
      'encode: onProgress is true; expected a function of the texts done and their number, or null',
    ],
    [{ batchsize: 8 }, 'encode has no option "batchsize"; did you mean "batchSize"?'],
    [{ batch_size: 8 }, 'encode has no option "batch_size"; did you mean "batchSize"?'],
    [{ normalize_embeddings: true }, /^encode has no option "normalize_embeddings"; it takes "batchSize", /],
    [{ promptName: 'title' }, 'the model has no prompt "title"; it has "document", "query"'],
    [[], 'encode: the options are []; expected an object'],
  ])('%o are refused by every way to encode', async (options, told) => {
    const model = untouched;
    await expect(model.encode(['a'], wrong(options))).rejects.toThrow(OptionError);
    await expect(model.encode([], wrong(options))).rejects.toThrow(told);
    await expect(model.encodeQuery(['a'], wrong(options))).rejects.toThrow(told);
    await expect(model.encodeDocument(['a'], wrong(options))).rejects.toThrow(told);
    await expect(collect(model.encodeStream(['a'], wrong(options)))).rejects.toThrow(told);
  });

  test('a task without a route of a router is refused', async () => {
    const model = await open('inference-free');
    await expect(model.encode(['a'], { task: 'title' })).rejects.toThrow(
      'Router: there is no route for the task "title"; its routes are "query", "document"',
    );
  });

  test('normalize makes every row of length 1 and leaves an empty one', async () => {
    const model = await open('splade-bert');
    const plain = rows(await model.encode(TEXTS));
    const normalized = rows(await model.encode(TEXTS, { normalize: true }));
    normalized.forEach(({ indices, values }, row) => {
      expect(indices).toEqual(plain[row]?.indices);
      expect(Math.hypot(...values)).toBeCloseTo(1, 6);
    });
    const csr = await open('csr');
    const { values } = await csr.encode('dog', { normalize: true });
    expect(Math.hypot(...values)).toBeCloseTo(1, 6);
  });
});

describe('maxActiveDims', () => {
  test('keeps the largest weights of a SPLADE embedding; null keeps all', async () => {
    const model = await open('splade-settings');
    expect(model.maxActiveDims).toBe(12);
    const all = rows(await model.encode(TEXTS, { maxActiveDims: null }));
    const own = rows(await model.encode(TEXTS));
    const three = rows(await model.encode(TEXTS, { maxActiveDims: 3 }));
    all.forEach(({ values }, row) => {
      expect(values.length).toBeGreaterThan(12);
      const descending = values.toSorted((a, b) => b - a);
      expect(own[row]?.values.toSorted((a, b) => b - a)).toEqual(descending.slice(0, 12));
      expect(three[row]?.values.toSorted((a, b) => b - a)).toEqual(descending.slice(0, 3));
    });
    expect(rows(await model.encode(TEXTS, { maxActiveDims: 10_000 }))).toEqual(all);
  });

  test('takes the place of the k of an auto-encoder, also above it', async () => {
    const model = await open('csr');
    expect(model.maxActiveDims).toBe(8);
    const counts = async (maxActiveDims?: number): Promise<number> =>
      Math.max(
        ...rows(await model.encode(TEXTS, maxActiveDims === undefined ? {} : { maxActiveDims })).map(
          ({ indices }) => indices.length,
        ),
      );
    expect(await counts()).toBe(8);
    expect(await counts(2)).toBe(2);
    expect(await counts(30)).toBeGreaterThan(8);
    expect(await counts(64)).toBeGreaterThan(await counts(20));
    const few = rows(await model.encode(TEXTS, { maxActiveDims: 2 }));
    const eight = rows(await model.encode(TEXTS));
    few.forEach(({ indices }, row) =>
      expect([...(eight[row]?.indices ?? [])]).toEqual(expect.arrayContaining([...indices])),
    );
  });

  test('beyond the latents of an auto-encoder is refused, from the call and from the model', async () => {
    const model = await open('csr');
    const told = new OptionError(
      "encode: maxActiveDims is 65; expected at most 64, the latents of the model's SparseAutoEncoder",
    );
    await expect(model.encode('dog', { maxActiveDims: 65 })).rejects.toThrow(told);
    model.maxActiveDims = 65;
    await expect(model.encode('dog')).rejects.toThrow(told);
    expect((await model.encode('dog', { maxActiveDims: 64 })).rows).toBe(1);
    model.maxActiveDims = 0;
    await expect(model.encode('dog')).rejects.toThrow('encode: maxActiveDims is 0; expected');
  });
});

describe('prompts', () => {
  test('are put before a text by name, by default and by themselves', async () => {
    const model = await open('splade-settings');
    const name = [...model.prompts.keys()].find((each) => (model.prompts.get(each) ?? '') !== '') ?? '';
    const prompt = model.prompts.get(name) ?? '';
    expect(prompt).not.toBe('');
    const written = await model.encode(`${prompt}a tree`, { prompt: '' });
    expect(await model.encode('a tree', { promptName: name })).toEqual(written);
    expect(await model.encode('a tree', { prompt })).toEqual(written);
    const bare = await model.encode('a tree', { prompt: '' });
    expect(bare).not.toEqual(written);
    model.defaultPromptName = name;
    expect(await model.encode('a tree')).toEqual(written);
    model.defaultPromptName = null;
    expect(await model.encode('a tree')).toEqual(bare);
    expect(await model.encode('a tree', { prompt, promptName: name })).toEqual(written);
    expect(warnings).toEqual([expect.stringMatching(/^both a prompt and the promptName/)]);
  });

  test('are pooled or not, as include_prompt says', async () => {
    const folder = copyOfModel('csr');
    const withPrompt = await open('csr', folder);
    editJson(join(folder, '1_Pooling', 'config.json'), (config) => {
      config['include_prompt'] = false;
    });
    const without = await open('csr', folder);
    const prompt = 'the painter: ';
    expect(await without.encode('a tree', { prompt: '' })).toEqual(
      await withPrompt.encode('a tree', { prompt: '' }),
    );
    const [pooled, left] = [
      await withPrompt.encode('a tree', { prompt }),
      await without.encode('a tree', { prompt }),
    ];
    expect(left).not.toEqual(pooled);
    // Only the text's tokens are pooled, but the prompt is read: batches of other lengths give the same.
    expect(
      distance(rows(await without.encode(TEXTS, { prompt })), await alone(without, prompt)),
    ).toBeLessThan(ROUNDING);
    expect(left).not.toEqual(await without.encode('a tree', { prompt: 'of another: ' }));
  });

  async function alone(model: SparseEncoder, prompt: string): Promise<SparseRow[]> {
    const found: SparseRow[] = [];
    for (const text of TEXTS) found.push(rowOf(await model.encode(text, { prompt }), 0));
    return found;
  }
});

describe('onProgress and signal', () => {
  test('progress is told after each batch, with the number of texts', async () => {
    const model = await open('splade-bert');
    const told: [number, number | undefined][] = [];
    await model.encode(TEXTS, { batchSize: 3, onProgress: (done, total) => told.push([done, total]) });
    expect(told).toEqual([
      [3, 7],
      [6, 7],
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
      [4, undefined],
      [7, undefined],
    ]);
  });

  test('a signal that was given before ends everything, also for no texts', async () => {
    const model = await open('splade-bert');
    const reason = new Error('the user left');
    const signal = AbortSignal.abort(reason);
    await expect(model.encode(TEXTS, { signal })).rejects.toBe(reason);
    await expect(model.encode([], { signal })).rejects.toBe(reason);
    await expect(model.encodeDocument(TEXTS, { signal })).rejects.toBe(reason);
    await expect(collect(model.encodeStream(TEXTS, { signal }))).rejects.toBe(reason);
  });

  test('a signal between batches ends the work with its reason, and leaves no tensors', async () => {
    const model = await open('splade-bert');
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
    const model = await open('splade-bert');
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

describe('encodeStream', () => {
  test('gives what encode gives, from a generator, an async one and an array', async () => {
    const model = await open('splade-bert');
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
    const model = await open('inference-free');
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
    expect(read).toBe(64);
    expect(closed).toBe(true);
  });

  test('names a text that is none by its place in the whole input, and closes the input', async () => {
    const model = await open('inference-free');
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
    expect(found).toHaveLength(64);
    expect(closed).toBe(true);
  });

  test('ends with the signal while the input goes on, and with the error of the input', async () => {
    const model = await open('inference-free');
    const controller = new AbortController();
    async function* aborting(): AsyncGenerator<string> {
      yield 'a tree';
      controller.abort(new Error('enough'));
      for (;;) yield 'a tree';
    }
    const options = { task: 'query', signal: controller.signal };
    await expect(collect(model.encodeStream(aborting(), options))).rejects.toThrow('enough');
    async function* failing(): AsyncGenerator<string> {
      yield 'a tree';
      throw new TypeError('the disk is gone');
    }
    await expect(collect(model.encodeStream(failing()))).rejects.toThrow('the disk is gone');
  });

  test.each([
    ['a text', 'texts is "a text"; expected an iterable of texts, such as an array or a generator'],
    [
      { length: 1 },
      'texts is an object (Object); expected an iterable of texts, such as an array or a generator',
    ],
  ])('%o is no stream', async (texts, told) => {
    const model = untouched;
    await expect(collect(model.encodeStream(texts as string))).rejects.toThrow(new InputError(told));
  });
});

describe.each(['onnx', 'cpu'] as const)('on the engine %s', (engine) => {
  beforeEach(() => setEngine(engine));

  test.each(['splade-bert', 'splade-sum', 'csr-deep', 'inference-free'])(
    '%s leaves no tensors behind, also after errors',
    async (name) => {
      const model = await open(name);
      await model.encode(TEXTS);
      const before = tf.memory().numTensors;
      await model.encode(TEXTS, { batchSize: 2 });
      await model.encodeQuery('dog', { prompt: 'a ', normalize: true });
      await collect(model.encodeStream(stream(TEXTS), { batchSize: 2 }));
      await model.encode([1 as unknown as string]).catch(() => undefined);
      await model.encode('dog', { maxActiveDims: -1 }).catch(() => undefined);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test('dispose lets go of everything that loading and encoding made', async () => {
    const before = tf.memory().numTensors;
    const model = await SparseEncoder.load(join(MODELS, 'csr'));
    await model.encode(TEXTS);
    await model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('works that go on at the same time give what they give one after the other', async () => {
    const model = await open('splade-bert');
    const other = await open('csr');
    const reversed = TEXTS.toReversed();
    const works = [
      () => model.encode(TEXTS, { batchSize: 2 }),
      () => model.encode(reversed, { batchSize: 3, normalize: true }),
      () => other.encode(TEXTS, { batchSize: 2 }),
      () => model.encodeQuery(TEXTS.slice(0, 2), { maxActiveDims: 4 }),
    ];
    const expected: SparseMatrix[] = [];
    for (const work of works) expected.push(await work());
    expect(await Promise.all(works.map((work) => work()))).toEqual(expected);
  });

  test.each(['splade-bert', 'csr'])(
    'parameters of %s that change are seen by the next encode',
    async (name) => {
      const model = await open(name);
      const frozen = rows(await model.encode(TEXTS));
      const variables = model.trainableVariables();
      expect(distance(rows(await model.encode(TEXTS)), frozen)).toBeLessThan(ROUNDING);
      const [, variable] =
        model.namedParameters().find(([path]) => path.endsWith('word_embeddings.weight')) ?? [];
      expect(variables).toContain(variable);
      const half = tf.tidy(() => variable?.mul(0.5) as tf.Tensor);
      variable?.assign(half);
      half.dispose();
      const changed = rows(await model.encode(TEXTS));
      expect(changed).not.toEqual(frozen);
      const fresh = await open(name);
      const again = fresh.namedParameters().find(([path]) => path.endsWith('word_embeddings.weight'))?.[1];
      again?.assign(variable as tf.Tensor);
      expect(distance(rows(await fresh.encode(TEXTS)), changed)).toBeLessThan(ROUNDING);
    },
  );

  test('the parameters may be asked for while a text is encoded', async () => {
    const model = await open('splade-bert');
    const expected = rows(await model.encode(TEXTS, { batchSize: 1 }));
    const work = model.encode(TEXTS, { batchSize: 1, onProgress: () => void model.trainableVariables() });
    expect(distance(rows(await work), expected)).toBeLessThan(ROUNDING);
  });
});

test('the engine may be changed between two calls', async () => {
  const model = await open('splade-bert');
  const onnx = rows(await model.encode(TEXTS));
  await setEngine('cpu');
  expect(distance(rows(await model.encode(TEXTS)), onnx)).toBeLessThan(ROUNDING);
  await setEngine('onnx');
  expect(distance(rows(await model.encode(TEXTS)), onnx)).toBeLessThan(ROUNDING);
});

test('a progress bar is silent where standard error is no terminal', async () => {
  const model = await open('splade-bert');
  const write = vi.spyOn(process.stderr, 'write');
  await model.encode(TEXTS, { showProgressBar: true });
  expect(write).not.toHaveBeenCalled();
  write.mockRestore();
});
