import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import type { TensorToStore } from '../files/safetensors/write.js';
import { copyOfModel, editWeights } from '../testing/files/damaged-model.js';
import { modelFixture } from '../testing/new-encoders.js';
import { recordWarnings } from '../testing/warnings.js';
import { SparseEncoder } from './sparse-encoder.js';

beforeAll(() => setEngine('cpu'));

const tensor = (name: string): TensorToStore => ({
  name,
  shape: [2, 16],
  dtype: 'float32',
  values: new Float32Array(32),
});

async function embeddingsOf(folder: string): Promise<number[]> {
  const encoder = await SparseEncoder.load(folder);
  const { indices, values } = await encoder.encode(['a dog on the road']);
  await encoder.dispose();
  return [...indices, ...values];
}

test.each([
  ['of a classifier', 'splade-bert', '', ['classifier.weight', 'classifier.bias'], 'are'],
  ['of layers that the config does not count', 'splade-bert', '', ['bert.encoder.layer.7.a.weight'], 'is'],
  ["of a loss beside an auto-encoder's", 'csr', '2_SparseAutoEncoder', ['loss.scale'], 'is'],
  ['of a static embedding', 'inference-free', 'query_0_SparseStaticEmbedding', ['idf'], 'is'],
])('tensors %s are left out, with a warning', async (_what, model, module, names, verb) => {
  const folder = copyOfModel(model);
  await editWeights(join(folder, module), (stored) => [...stored, ...names.map(tensor)]);
  const expected = await embeddingsOf(modelFixture(model));
  const warnings = recordWarnings();
  expect(await embeddingsOf(folder)).toEqual(expected);
  expect(warnings).toEqual([
    `${join(folder, module, 'model.safetensors')}: ${names.toSorted().join(', ')} ${verb} not part of this model, and not read`,
  ]);
});

test('tensors that are known not to matter need no warning', async () => {
  const folder = copyOfModel('splade-bert');
  await editWeights(folder, (stored) => [
    ...stored,
    ...['cls.seq_relationship.weight', 'bert.pooler.dense.weight'].map(tensor),
  ]);
  const warnings = recordWarnings();
  await embeddingsOf(folder);
  expect(warnings).toEqual([]);
});
