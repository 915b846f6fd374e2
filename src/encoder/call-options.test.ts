import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import { InputError, OptionError } from '../errors.js';
import type { Module } from '../modules/module.js';
import { Parameters } from '../modules/parameters.js';
import { spladePooling } from '../modules/splade-pooling.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { copyOfModel, editJson } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { loadMaskedLanguageModel, modelFixture } from '../testing/new-encoders.js';
import { warningsOf } from '../testing/warnings.js';
import { SparseEncoder } from './sparse-encoder.js';

beforeAll(() => setEngine('onnx'));

const open = (name: string): Promise<SparseEncoder> => SparseEncoder.load(modelFixture(name));
const LONG = Array.from({ length: 40 }, () => 'cloud').join(' ');
const SETTINGS = 'sentence_bert_config.json';

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

describe('processingKwargs', () => {
  test('set the tokenizer’s options for this call only, as in the reference', async () => {
    const model = await open('splade-bert');
    const lengthOf = async (processingKwargs: object): Promise<number | undefined> =>
      (await model.tokenize([LONG], { processingKwargs }))[0]?.length;
    expect(await lengthOf({ text: { maxLength: 5 } })).toBe(5);
    expect(await lengthOf({ text: { addSpecialTokens: false } })).toBe(32);
    expect(await lengthOf({})).toBe(32);
    expect(await model.tokenize(['of'], { processingKwargs: { text: { addSpecialTokens: false } } })).toEqual(
      [[85]],
    );
    const features = await model.preprocess([LONG], { processingKwargs: { text: { maxLength: 9 } } });
    expect(features.inputIds?.shape).toEqual([1, 9]);

    // Values computed by sentence-transformers 6.2.0.
    const short = await model.encode('a cloud of particles', {
      processingKwargs: { text: { maxLength: 4 } },
    });
    expect(short.indices).toHaveLength(23);
    expect(sum(short.values)).toBeCloseTo(17.58633, 3);
    const bare = { text: { addSpecialTokens: false } };
    const { indices, values } = await model.encode('a cloud of particles', { processingKwargs: bare });
    expect(indices).toHaveLength(40);
    expect(sum(values)).toBeCloseTo(32.669277, 3);
    await model.dispose();
  });

  test('say whether special tokens in a text are plain text, as the files of a model can', async () => {
    const text = 'a [MASK] of particles [SEP]';
    const splitting = { text: { splitSpecialTokens: true } };
    const model = await open('splade-bert');
    // The result of sentence-transformers 6.2.0.
    expect(await model.tokenize([text])).toEqual([[2, 48, 4, 85, 288, 101, 119, 28, 3, 3]]);
    expect(await model.tokenize([text], { processingKwargs: splitting })).toEqual([
      [2, 48, 1, 276, 28, 20, 1, 85, 288, 101, 119, 28, 1, 66, 14, 25, 1, 3],
    ]);
    const isSplit = ({ indices, values }: SparseMatrix): void => {
      expect(indices).toHaveLength(31);
      expect(sum(values)).toBeCloseTo(24.474775, 3);
    };
    expect((await model.encode(text)).indices).toHaveLength(41);
    isSplit(await model.encode(text, { processingKwargs: splitting }));
    await model.dispose();

    for (const [file, setting] of [
      ['tokenizer_config.json', { split_special_tokens: true }],
      [SETTINGS, { processing_kwargs: { text: { split_special_tokens: true } } }],
    ] as const) {
      const folder = copyOfModel('splade-bert');
      editJson(join(folder, file), (config) => Object.assign(config, setting));
      const said = await SparseEncoder.load(folder);
      isSplit(await said.encode(text));
      await said.dispose();
    }
  });

  test('refuse a text that is not cut and too long, and leave static queries as they are', async () => {
    const model = await open('inference-free');
    const whole = { text: { truncation: false } };
    await expect(model.encodeDocument([LONG], { processingKwargs: whole })).rejects.toThrow(
      new InputError(
        'a text is 162 tokens long, and the model takes 32; expected shorter texts, or truncation',
      ),
    );
    const cut = { text: { maxLength: 5 } };
    expect((await model.tokenize([LONG], { task: 'query', processingKwargs: cut }))[0]).toHaveLength(32);
    await model.dispose();
  });

  test('that are unknown or of the wrong type are refused', async () => {
    const model = await open('splade-bert');
    const cases: readonly (readonly [unknown, string])[] = [
      [{ texts: {} }, 'encode: processingKwargs has no option "texts"; did you mean "text"?'],
      [{ text: { max_length: 4 } }, 'encode: processingKwargs.text has no option "max_length"'],
      [{ text: { maxLength: 0 } }, 'encode: processingKwargs.text: maxLength is 0; expected a whole number'],
      [{ text: 3 }, 'encode: processingKwargs: text is 3; expected an object'],
      [3, 'encode: processingKwargs is 3; expected an object with text'],
    ];
    for (const [processingKwargs, told] of cases) {
      const wrong = { processingKwargs } as object;
      await expect(model.encode(['a'], wrong)).rejects.toThrow(OptionError);
      await expect(model.encode(['a'], wrong)).rejects.toThrow(told);
    }
    await model.dispose();
  });

  test('and unpad_inputs of a config file are kept, and options of a call take precedence', async () => {
    const folder = copyOfModel('splade-bert');
    const said = { unpad_inputs: false, processing_kwargs: { text: { max_length: 6, padding: true } } };
    editJson(join(folder, SETTINGS), (config) => Object.assign(config, said));
    const model = await SparseEncoder.load(folder);
    expect(model.maxSeqLength).toBe(32);
    expect((await model.tokenize([LONG]))[0]).toHaveLength(6);
    const longer = { processingKwargs: { text: { maxLength: 9 } } };
    expect((await model.tokenize([LONG], longer))[0]).toHaveLength(9);
    const saved = join(temporaryFolder(), 'saved');
    await model.save(saved);
    expect(JSON.parse(await readFile(join(saved, SETTINGS), 'utf8'))).toMatchObject(said);
    await model.dispose();
  });
});

/** Multiplies embeddings by an argument. */
const scaling: Module = {
  kind: {
    name: 'Scaling',
    path: 'own',
    configFile: 'config.json',
    readConfig: () => ({}),
    parameters: () => [],
    create: () => scaling,
  },
  parameters: new Parameters(new Map()),
  forwardKwargs: ['factor'],
  config: () => ({}),
  forward: (features, { moduleKwargs = {} }) => ({
    ...features,
    sentenceEmbedding: (features.sentenceEmbedding as tf.Tensor).mul(Number(moduleKwargs['factor'] ?? 1)),
  }),
};

test('moduleKwargs reach the modules that take them; others are refused', async () => {
  const model = SparseEncoder.fromModules([await loadMaskedLanguageModel(), spladePooling(), scaling]);
  const plain = await model.encode('a sword');
  for (const factor of [2, 4, 2]) {
    const { values } = await model.encode('a sword', { moduleKwargs: { factor } });
    expect(values).toEqual(plain.values.map((value) => factor * value));
  }
  await expect(model.encode('a sword', { moduleKwargs: { factors: 2 } })).rejects.toThrow(
    new OptionError('encode: moduleKwargs has factors, which no module takes; they take factor'),
  );
  await expect(model.encode('a', { moduleKwargs: { factor: [2] } } as object)).rejects.toThrow(
    'expected an object of strings, numbers and booleans by name',
  );
  await model.dispose();
});

test('kwargs of modules.json are kept', async () => {
  const folder = copyOfModel('splade-bert');
  editJson(join(folder, 'modules.json'), (entry) => Object.assign(entry, { kwargs: ['factor'] }), [1]);
  const model = await SparseEncoder.load(folder);
  const saved = join(temporaryFolder(), 'saved');
  await model.save(saved);
  const entries = JSON.parse(await readFile(join(saved, 'modules.json'), 'utf8')) as object[];
  expect(entries[0]).not.toHaveProperty('kwargs');
  expect(entries[1]).toMatchObject({ kwargs: ['factor'] });
  await model.dispose();
});

test('a recorded function sees another chunk size', async () => {
  const pooling = spladePooling();
  let recordings = 0;
  const pool = compile(
    (tokenEmbeddings: tf.Tensor, attentionMask: tf.Tensor) => {
      recordings++;
      return pooling.forward({ tokenEmbeddings, attentionMask }).sentenceEmbedding as tf.Tensor;
    },
    { name: 'pool' },
  );
  const [logits, mask] = [tf.ones([2, 3, 50]), tf.ones([2, 3], 'int32')];
  const recordingsOf = async (chunkSize: number | null): Promise<number> => {
    const before = recordings;
    pooling.chunkSize = chunkSize;
    tf.dispose(await pool(logits, mask));
    return recordings - before;
  };
  expect(await recordingsOf(null)).toBeGreaterThan(0);
  expect(await recordingsOf(null)).toBe(0);
  expect(await recordingsOf(1000)).toBeGreaterThan(0);
  await pool.dispose();
  tf.dispose([logits, mask]);
});

test('the chunk size of SpladePooling may be set later, also in a Router', async () => {
  for (const name of ['splade-bert', 'splade-sum', 'inference-free']) {
    const model = await open(name);
    const before = await model.encodeDocument(['a cloud of particles', LONG]);
    expect(model.spladePoolingChunkSize).toBeNull();
    model.spladePoolingChunkSize = 512;
    expect(model.spladePoolingChunkSize).toBe(512);
    const after = await model.encodeDocument(['a cloud of particles', LONG]);
    expect(after.indices).toEqual(before.indices);
    after.values.forEach((value, at) => expect(value).toBeCloseTo(before.values[at] ?? Number.NaN, 4));
    expect(() => (model.spladePoolingChunkSize = 0)).toThrow(OptionError);
    await model.dispose();
  }
  const csr = await open('csr');
  expect(warningsOf(() => (csr.spladePoolingChunkSize = 5))).toHaveLength(1);
  expect(csr.spladePoolingChunkSize).toBeNull();
  await csr.dispose();
});

test('a model is saved without a card on request', async () => {
  const model = await open('splade-bert');
  const saved = join(temporaryFolder(), 'saved');
  await model.save(saved, { createModelCard: false });
  expect([existsSync(join(saved, 'README.md')), existsSync(join(saved, 'modules.json'))]).toEqual([
    false,
    true,
  ]);
  await expect(model.save(join(saved, 'again'), { createCard: false } as object)).rejects.toThrow(
    'save has no option "createCard"',
  );
  await model.dispose();
});
