import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { sharedRuntime } from '../engine/runtime/runtime.js';
import { setEngine } from '../engine/set-engine.js';
import { UsageError } from '../errors.js';
import { exportOnnx } from '../export/export-onnx.js';
import { verifyOnnx } from '../export/verification/verify-onnx.js';
import { TEXTS } from '../testing/encoding.js';
import { MODELS } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { membersOf } from '../testing/members.js';
import { SparseEncoder } from './sparse-encoder.js';

beforeAll(() => setEngine('onnx'));

const load = (name = 'splade-bert'): Promise<SparseEncoder> => SparseEncoder.load(join(MODELS, name));
const held = (): number[] => [
  tf.memory().numTensors,
  Object.keys(tf.engine().state.registeredVariables).length,
  sharedRuntime().sessions.size,
];

async function exported(): Promise<SparseEncoder> {
  const model = await load();
  const output = join(temporaryFolder(), 'exported');
  await exportOnnx(model, { output });
  await model.dispose();
  return SparseEncoder.load(output);
}

describe.each([
  { title: 'an encoder', open: () => load() },
  { title: 'an exported model', open: exported },
])('dispose of $title', ({ open }) => {
  test('waits for the running calls, which give their normal results', async () => {
    const expected = await (async () => {
      const model = await open();
      const embeddings = await model.encode(TEXTS, { batchSize: 2 });
      await model.dispose();
      return embeddings;
    })();
    const before = held();
    const model = await open();
    const works = [model.encode(TEXTS, { batchSize: 2 }), model.encode(TEXTS, { batchSize: 2 })];
    let isDone = false;
    const all = Promise.all(works).finally(() => (isDone = true));
    await Promise.all([model.dispose(), model.dispose()]);
    expect(isDone).toBe(true);
    expect(await all).toEqual([expected, expected]);
    await model.dispose();
    expect(held()).toEqual(before);
  });

  test('ends a stream after the batch that is running', async () => {
    const before = held();
    const model = await open();
    const stream = model.encodeStream(
      Array.from({ length: 200 }, () => 'dog'),
      { batchSize: 1 },
    );
    await stream.next();
    await model.dispose();
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toThrow(UsageError);
    expect(held()).toEqual(before);
  });
});

/** Calls of every method, by name. */
const CALLS: Readonly<Record<string, (model: SparseEncoder) => unknown>> = {
  encode: (model) => model.encode('dog'),
  encodeQuery: (model) => model.encodeQuery('dog'),
  encodeDocument: (model) => model.encodeDocument([]),
  encodeStream: (model) => model.encodeStream(['dog']).next(),
  preprocess: (model) => model.preprocess(['dog']),
  tokenize: (model) => model.tokenize(['dog']),
  forward: (model) => model.forward({}),
  namedParameters: (model) => model.namedParameters(),
  trainableVariables: (model) => model.trainableVariables(),
  addAdapter: (model) => model.addAdapter(),
  mergeAdapter: (model) => model.mergeAdapter(),
  hasAdapter: (model) => model.hasAdapter,
  captureRandomState: (model) => model.captureRandomState(),
  withRandomPart: (model) => model.withRandomPart({} as never, () => undefined),
  similarity: (model) => model.similarity(EMPTY, EMPTY),
  similarityPairwise: (model) => model.similarityPairwise(EMPTY, EMPTY),
  decode: (model) => model.decode(EMPTY),
  save: (model) => model.save(join(temporaryFolder(), 'saved')),
  pushToHub: (model) => model.pushToHub('me/none'),
  exportOnnx: (model) => exportOnnx(model, { output: join(temporaryFolder(), 'exported') }),
  tokenizer: (model) => model.tokenizer,
  maxSeqLength: (model) => model.maxSeqLength,
  spladePoolingChunkSize: (model) => model.spladePoolingChunkSize,
  dimension: (model) => model.dimension,
  verifyOnnx: (model) => verifyOnnx(join(MODELS, 'splade-bert'), model),
};

const EMPTY = {
  rows: 0,
  columns: 300,
  indptr: new Uint32Array(1),
  indices: new Uint32Array(),
  values: new Float32Array(),
};

test.each(Object.entries(CALLS))('%s of a disposed encoder is refused', async (name, call) => {
  const model = await load('csr');
  await model.encode('dog');
  await model.dispose();
  const before = held();
  const outcome = (async () => call(model))();
  await expect(outcome).rejects.toThrow(UsageError);
  const asked = name === 'trainableVariables' ? 'namedParameters' : name;
  await expect(outcome).rejects.toThrow(`${asked} was called on a SparseEncoder that is disposed`);
  expect(held()).toEqual(before);
});

const isMethodOrGetter = (property: PropertyDescriptor): boolean =>
  typeof property.value === 'function' || 'get' in property;

test('every method and getter is among them', () => {
  const others = ['constructor', 'withEmbedder', 'origin', 'contents', 'dispose'];
  const methods = membersOf(SparseEncoder)
    .filter(([name, property]) => isMethodOrGetter(property) && !others.includes(name))
    .map(([name]) => name);
  expect(methods.filter((name) => CALLS[name] === undefined)).toEqual([]);
});

test('a model whose parameters were disposed with another one reports it', async () => {
  const model = await load();
  const other = SparseEncoder.fromModules(model.modules);
  await model.dispose();
  await expect(other.encode('dog')).rejects.toThrow('a parameter of this model was disposed');
});
