import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError, OptionError } from '../errors.js';
import { rowOf, type SparseRow } from '../sparse/row.js';
import { collect, distance, openModel, ROUNDING, rows, TEXTS } from '../testing/encoding.js';
import { copyOfModel, editJson, MODELS } from '../testing/files/damaged-model.js';
import { recordWarnings } from '../testing/warnings.js';
import type { EncodeOptions } from './encode-options.js';
import { SparseEncoder } from './sparse-encoder.js';

/** The encoder for tests whose calls are refused before they reach it. */
let untouched: SparseEncoder;

beforeAll(async () => {
  await setEngine('onnx');
  untouched = await SparseEncoder.load(join(MODELS, 'splade-bert'));
});
afterAll(() => untouched.dispose());

/** Options from JavaScript, where nothing checks types. */
const wrong = (options: object): EncodeOptions => options;

describe('input', () => {
  test('one text is one row, no text is none, of the same number of columns', async () => {
    const model = await openModel('splade-bert');
    expect(await model.encode('dog')).toMatchObject({ rows: 1, columns: 300 });
    expect(await model.encode([])).toEqual({
      rows: 0,
      columns: 300,
      indptr: new Uint32Array(1),
      indices: new Uint32Array(),
      values: new Float32Array(),
    });
    const csr = await openModel('csr');
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
    const model = await openModel('splade-bert');
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
    [{ promptName: 'title' }, 'the model has no prompt "title"; it has "query", "document"'],
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
    const model = await openModel('inference-free');
    await expect(model.encode(['a'], { task: 'title' })).rejects.toThrow(
      'Router: there is no route for the task "title"; its routes are "query", "document"',
    );
  });

  test('normalize makes every row of length 1 and leaves an empty one', async () => {
    const model = await openModel('splade-bert');
    const plain = rows(await model.encode(TEXTS));
    const normalized = rows(await model.encode(TEXTS, { normalize: true }));
    normalized.forEach(({ indices, values }, row) => {
      expect(indices).toEqual(plain[row]?.indices);
      expect(Math.hypot(...values)).toBeCloseTo(1, 6);
    });
    const csr = await openModel('csr');
    const { values } = await csr.encode('dog', { normalize: true });
    expect(Math.hypot(...values)).toBeCloseTo(1, 6);
  });
});

describe('maxActiveDims', () => {
  test('keeps the largest weights of a SPLADE embedding; null keeps all', async () => {
    const model = await openModel('splade-settings');
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
    const model = await openModel('csr');
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
    const model = await openModel('csr');
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
    const warnings = recordWarnings();
    const model = await openModel('splade-settings');
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
    expect(warnings).toEqual([expect.stringMatching(/^both a prompt and a promptName, "query"/)]);
  });

  test('are pooled or not, as include_prompt says', async () => {
    const folder = copyOfModel('csr');
    const withPrompt = await openModel('csr', folder);
    editJson(join(folder, '1_Pooling', 'config.json'), (config) => {
      config['include_prompt'] = false;
    });
    const without = await openModel('csr', folder);
    const prompt = 'the painter: ';
    expect(await without.encode('a tree', { prompt: '' })).toEqual(
      await withPrompt.encode('a tree', { prompt: '' }),
    );
    const [pooled, left] = [
      await withPrompt.encode('a tree', { prompt }),
      await without.encode('a tree', { prompt }),
    ];
    expect(left).not.toEqual(pooled);
    // Only the text's tokens are pooled, but the prompt is read: batches of other lengths give the same result.
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
