import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError, OptionError, UsageError } from '../errors.js';
import type { Module, ModuleKind } from '../modules/module.js';
import { normalize } from '../modules/normalize.js';
import { pooling } from '../modules/pooling.js';
import { queryDocumentRouter } from '../modules/router.js';
import { sparseAutoEncoder } from '../modules/sparse-auto-encoder.js';
import { fromTokenWeights, sparseStaticEmbedding } from '../modules/sparse-static-embedding.js';
import { spladePooling } from '../modules/splade-pooling.js';
import {
  loadMaskedLanguageModel,
  modelFixture,
  NEW_ENCODERS,
  newCsrEncoder,
  WIDTH,
} from '../testing/new-encoders.js';
import { wordTokenizer } from '../testing/tokenizers/word-tokenizer.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { setWarningHandler } from '../warnings.js';
import { loadTransformer } from './load-transformer.js';
import { SparseEncoder } from './sparse-encoder.js';

const TEXTS = ['a cloud of particles', 'Liar, liar: the handle of a sword!', ''];
let folder: string;
const opened: SparseEncoder[] = [];
let restoreWarnings: ReturnType<typeof setWarningHandler>;
beforeAll(async () => {
  restoreWarnings = setWarningHandler(() => undefined);
  await setEngine('onnx');
  folder = await mkdtemp(join(tmpdir(), 'sparse-encoder-modules-'));
});
afterAll(async () => {
  setWarningHandler(restoreWarnings);
  await Promise.all(opened.map((each) => each.dispose()));
  await rm(folder, { recursive: true });
});

/** Registers the encoder to be disposed after the tests. */
function opening(encoder: SparseEncoder): SparseEncoder {
  opened.push(encoder);
  return encoder;
}

const load = async (path: string): Promise<SparseEncoder> => opening(await SparseEncoder.load(path));
const make = (...given: Parameters<typeof SparseEncoder.fromModules>): SparseEncoder =>
  opening(SparseEncoder.fromModules(...given));

describe.each(Object.entries(NEW_ENCODERS))('a new encoder of the family %s', (family, encoder) => {
  test('encodes, is saved, and is read again as it was', async () => {
    const made = opening(await encoder());
    const queries = await made.encodeQuery(TEXTS);
    const documents = await made.encodeDocument(TEXTS);
    expect(queries).toMatchObject({ rows: TEXTS.length, columns: made.dimension });
    expect(documents.indices.length).toBeGreaterThan(0);
    const saved = join(folder, family);
    await made.save(saved);
    const again = await load(saved);
    expect(await again.encodeQuery(TEXTS)).toEqual(queries);
    expect(await again.encodeDocument(TEXTS)).toEqual(documents);
    expect(again).toMatchObject({
      dimension: made.dimension,
      maxActiveDims: made.maxActiveDims,
      maxSeqLength: made.maxSeqLength,
      similarityFnName: made.similarityFnName,
    });
    const names = (each: SparseEncoder): string[] => each.namedParameters().map(([name]) => name);
    expect(names(again).toSorted()).toEqual(names(made).toSorted());
  });

  test('has gradients to every parameter that can be trained, which the next encode sees', async () => {
    const made = opening(await encoder());
    const before = await made.encodeDocument(TEXTS);
    made.mode = 'train';
    const query = await made.preprocess(TEXTS, { task: 'query' });
    const document = await made.preprocess(TEXTS, { task: 'document' });
    const variables = made.trainableVariables();
    const { grads } = tf.variableGrads(
      () =>
        tf.addN(
          [query, document].map((features) =>
            (made.forward(features).sentenceEmbedding as tf.Tensor2D).square().sum(),
          ),
        ),
      variables,
    );
    expect(Object.keys(grads).toSorted()).toEqual(variables.map(({ name }) => name).toSorted());
    for (const variable of variables) {
      variable.assign(variable.sub(tf.mul(grads[variable.name] as tf.Tensor, 0.01)));
    }
    expect(await made.encodeDocument(TEXTS)).not.toEqual(before);
    tf.dispose(grads);
  });
});

describe('modules of the folder of an encoder', () => {
  test('make the same encoder again, with the same files', async () => {
    const original = await load(modelFixture('splade-bert'));
    const made = make([await loadTransformer(modelFixture('splade-bert')), spladePooling()]);
    expect(await made.encode(TEXTS)).toEqual(await original.encode(TEXTS));
    await made.save(join(folder, 'ours'));
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'sentence_bert_config.json']) {
      const [ours, theirs] = await Promise.all(
        [join(folder, 'ours'), modelFixture('splade-bert')].map((each) => readFile(join(each, name))),
      );
      expect(ours?.equals(theirs as Buffer), name).toBe(true);
    }
  });

  test('may be shared by routes, and are loaded with other settings', async () => {
    const transformer = await loadTransformer(modelFixture('splade-bert'), {
      maxSeqLength: 6,
      doLowerCase: true,
    });
    expect(transformer.input.maxLength).toBe(6);
    expect(transformer.tokenizer.lowerCase).toBe(true);
    const routed = queryDocumentRouter({
      queryModules: [transformer, spladePooling({ poolingStrategy: 'sum' })],
      documentModules: [transformer, spladePooling()],
    });
    const made = make([routed]);
    await made.save(join(folder, 'shared'));
    const again = await load(join(folder, 'shared'));
    expect(again.maxSeqLength).toBe(6);
    expect(again.tokenizer.lowerCase).toBe(true);
    expect(again.trainableVariables().length).toBe(made.trainableVariables().length);
    expect(await again.encodeQuery(TEXTS)).toEqual(await made.encodeQuery(TEXTS));
  });
});

test('an auto-encoder of the same seed embeds the same, of another one otherwise', async () => {
  const [one, same, other] = [
    opening(await newCsrEncoder(1)),
    opening(await newCsrEncoder(1)),
    opening(await newCsrEncoder(2)),
  ];
  const expected = await one.encode(TEXTS);
  expect(await same.encode(TEXTS)).toEqual(expected);
  expect(await other.encode(TEXTS)).not.toEqual(expected);
});

test('a static embedding of idf.json is that of the folder that names it', async () => {
  const source = modelFixture('inference-free-idf');
  const idf: unknown = JSON.parse(await readFile(join(source, 'idf.json'), 'utf8'));
  const tokenizer = await loadTokenizer(join(source, 'query_0_SparseStaticEmbedding'));
  const made = make([fromTokenWeights(idf, tokenizer, { frozen: true })]);
  const expected = await (await load(source)).encodeQuery(TEXTS);
  expect(await made.encode(TEXTS)).toEqual(expected);
  expect(made.trainableVariables()).toEqual([]);
});

test('settings are those of the options', async () => {
  const options = {
    prompts: { query: 'q: ', cluster: 'c: ' },
    defaultPromptName: 'cluster',
    similarityFnName: 'cosine',
    maxActiveDims: 4,
  } as const;
  const made = make([await loadMaskedLanguageModel(), spladePooling()], options);
  const plain = make([await loadMaskedLanguageModel(), spladePooling()]);
  expect(await made.encode('sword')).toEqual(await plain.encode('c: sword', { maxActiveDims: 4 }));
  await made.save(join(folder, 'settings'));
  const again = await load(join(folder, 'settings'));
  expect(Object.fromEntries(again.prompts)).toEqual({ ...options.prompts, document: '' });
  expect(again).toMatchObject({ defaultPromptName: 'cluster', similarityFnName: 'cosine', maxActiveDims: 4 });
});

test('the k of an auto-encoder is the limit of active dimensions where none is given', async () => {
  expect(opening(await newCsrEncoder(1)).maxActiveDims).toBe(5);
});

test('a module of somebody else may stand where one of ours would', async () => {
  const kind: ModuleKind = {
    name: 'FirstToken',
    path: 'somebody.elses.modules',
    configFile: 'config.json',
    readConfig: () => null,
    parameters: () => [],
    create: () => firstToken,
  };
  const firstToken: Module = {
    kind,
    parameters: normalize().parameters,
    config: () => ({}),
    forward: (features) => ({
      ...features,
      sentenceEmbedding: tf.tidy(
        () => features.tokenEmbeddings?.slice([0, 0, 0], [-1, 1, -1]).squeeze([1]) as tf.Tensor2D,
      ),
    }),
  };
  const made = make([await loadTransformer(modelFixture('encoder-checkpoint')), firstToken]);
  expect(await made.encode(TEXTS)).toMatchObject({ rows: 3, columns: WIDTH });
});

test('a tokenizer without files is not saved, since nobody could read the folder', async () => {
  const made = make([sparseStaticEmbedding({ tokenizer: wordTokenizer(['[PAD]', 'sword']) })]);
  expect(await made.encode(['a sword', 'a cloud'])).toMatchObject({
    rows: 2,
    columns: 2,
    indices: Uint32Array.of(1),
  });
  await expect(made.save(join(folder, 'words'))).rejects.toThrow(
    new UsageError(
      'the tokenizer of SparseStaticEmbedding has no files to be saved; expected one that loadTokenizer gives',
    ),
  );
});

test('dispose lets go of the modules', async () => {
  const before = tf.memory().numTensors;
  const made = SparseEncoder.fromModules([await loadMaskedLanguageModel(), spladePooling()]);
  await made.encode(TEXTS);
  await made.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

describe('modules are refused', () => {
  const place = 'SparseEncoder.fromModules';

  test('that are none', () => {
    expect(() => make([])).toThrow(
      new InputError(`${place}: the modules are []; expected a list of one module or more`),
    );
    expect(() => make(loadMaskedLanguageModel as unknown as Module[])).toThrow(InputError);
    expect(() => make([{ kind: 'Pooling' } as unknown as Module])).toThrow(/expected a module$/);
    const promise = loadTransformer(modelFixture('splade-bert'));
    expect(() => make([promise as unknown as Module, spladePooling()])).toThrow(
      `${place}: module 0 is an object (Promise); expected a module; await it`,
    );
    return promise;
  });

  test('in the wrong order or that do not fit', async () => {
    const embeds = await loadTransformer(modelFixture('encoder-checkpoint'));
    const predicts = await loadMaskedLanguageModel();
    const mean = pooling({ embeddingDimension: WIDTH });
    const cases: [Module[], string][] = [
      [
        [mean, embeds],
        'module 1, Transformer, takes texts, which no longer exist after the Pooling before it; expected it to come first',
      ],
      [
        [sparseStaticEmbedding({ tokenizer: embeds.tokenizer }), mean],
        'module 1, Pooling, takes token embeddings, which no module before it makes; expected a Transformer before it',
      ],
      [
        [embeds, spladePooling()],
        'module 1, SpladePooling, takes logits, and the Transformer before it has the transformer_task "feature-extraction"; expected "fill-mask"',
      ],
      [
        [embeds],
        'none of the modules (Transformer) makes an embedding of a text; expected one of Pooling, SpladePooling, SparseStaticEmbedding',
      ],
      [
        [embeds, mean, sparseAutoEncoder({ inputDim: 8 })],
        `module 2, SparseAutoEncoder, has the input_dim 8; expected ${WIDTH}, the width from the module before it`,
      ],
    ];
    for (const [modules, told] of cases) {
      expect(() => make(modules)).toThrow(new UsageError(`${place}: ${told}`));
    }
    const routed = queryDocumentRouter({
      queryModules: [predicts, spladePooling()],
      documentModules: [predicts, spladePooling({ embeddingDimension: 7 })],
    });
    expect(() => make([routed])).toThrow(
      /^SparseEncoder\.fromModules, route "document": module 1, SpladePooling/,
    );
  });

  test('with options that are unknown, or that they cannot have', async () => {
    const modules = [await loadMaskedLanguageModel(), spladePooling()];
    expect(() => make(modules, { defaultPromptName: 'title' })).toThrow(OptionError);
    expect(() => make(modules, { prompt: 'a' } as object)).toThrow(
      new OptionError(`${place} has no option "prompt"; did you mean "prompts"?`),
    );
    await expect(loadTransformer('nowhere/at/all')).rejects.toThrow(InputError);
    await expect(
      loadTransformer(modelFixture('splade-bert'), { transformerTask: 'masked' as 'fill-mask' }),
    ).rejects.toThrow('transformerTask is "masked"; expected one of "feature-extraction", "fill-mask"');
  });
});
