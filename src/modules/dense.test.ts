import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError, ModelFileError, OptionError } from '../errors.js';
import { matrixOf } from '../testing/matrices.js';
import { warningsOf } from '../testing/warnings.js';
import { dense, denseKind } from './dense.js';
import type { Module } from './module.js';
import { normalize, normalizeKind } from './normalize.js';

beforeEach(() => setEngine('cpu'));

const x = (): tf.Tensor2D => tf.tensor2d([[1, 2]]);

function withWeights(module: Module, weights: Record<string, tf.Tensor>): Module {
  for (const [name, weight] of Object.entries(weights)) module.parameters.get(name).assign(weight);
  return module;
}

describe('a dense layer', () => {
  const weights = { 'linear.weight': tf.tensor2d([[3, 4]]), 'linear.bias': tf.tensor1d([-20]) };

  test('is the activation of x W^T + b, and by default its tanh', () => {
    const options = { inFeatures: 2, outFeatures: 1 };
    const linear = withWeights(dense({ ...options, activationFunction: 'Identity' }), weights);
    const made = linear.forward({ sentenceEmbedding: x() }, { mode: 'eval' });
    expect(matrixOf(made.sentenceEmbedding as tf.Tensor)).toEqual([[-9]]);
    const tanh = withWeights(dense(options), weights).forward({ sentenceEmbedding: x() }, { mode: 'eval' });
    expect((tanh.sentenceEmbedding as tf.Tensor).dataSync()[0]).toBeCloseTo(Math.tanh(-9), 6);
  });

  test('adds its input, projected where the widths differ', () => {
    const same = dense({ inFeatures: 2, outFeatures: 2, useResidual: true, activationFunction: 'ReLU' });
    expect(same.parameters.has('residual.weight')).toBe(false);
    withWeights(same, { 'linear.weight': tf.zeros([2, 2]), 'linear.bias': tf.tensor1d([-1, 5]) });
    const found = same.forward({ sentenceEmbedding: x() }, { mode: 'eval' });
    expect(matrixOf(found.sentenceEmbedding as tf.Tensor)).toEqual([[1, 7]]);
    const other = dense({ inFeatures: 2, outFeatures: 1, useResidual: true, activationFunction: 'ReLU' });
    withWeights(other, { ...weights, 'residual.weight': tf.tensor2d([[10, 1]]) });
    const projected = other.forward({ sentenceEmbedding: x() }, { mode: 'eval' });
    expect(matrixOf(projected.sentenceEmbedding as tf.Tensor)).toEqual([[12]]);
  });

  test('reads and writes the features that its config names in snake_case', () => {
    const module = dense({
      inFeatures: 2,
      outFeatures: 1,
      moduleInputName: 'token_embeddings',
      moduleOutputName: 'sentence_embedding_encoded_4k',
    });
    const given = { tokenEmbeddings: tf.zeros([3, 5, 2]) };
    const before = tf.memory().numTensors;
    const made = module.forward(given, { mode: 'eval' });
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(made.sentenceEmbeddingEncoded4k?.shape).toEqual([3, 5, 1]);
    expect(made.tokenEmbeddings).toBe(given.tokenEmbeddings);
    expect(() => module.forward({ sentenceEmbedding: x() }, { mode: 'eval' })).toThrow(InputError);
    expect(() => module.forward({ tokenEmbeddings: tf.zeros([3, 3]) }, { mode: 'eval' })).toThrow(
      'token_embeddings is of shape [3, 3]; expected [..., 2]',
    );
  });

  test('its config takes a class of PyTorch, and refuses one that is not in the table', () => {
    const read = (activation: unknown) =>
      denseKind.readConfig({ in_features: 2, out_features: 1, activation_function: activation }, {});
    expect(read('torch.nn.modules.activation.GELU')).toMatchObject({ activationFunction: 'GELU' });
    expect(read('torch.nn.Sigmoid')).toMatchObject({ activationFunction: 'Sigmoid' });
    expect(() => read('my_package.Swoosh')).toThrow(ModelFileError);
    expect(() => read('my_package.Swoosh')).toThrow(
      'activation_function in the config of Dense is "my_package.Swoosh"; expected one of "torch.nn.modules.linear.Identity"',
    );
    expect(() => read(null)).toThrow(ModelFileError);
  });

  test('unknown keys are ignored with a warning, as in the reference', () => {
    const warnings = warningsOf(() =>
      denseKind.readConfig({ in_features: 2, out_features: 1, use_something: true }, {}),
    );
    expect(warnings).toEqual([expect.stringContaining('"use_something"')]);
  });

  test('options that are wrong are refused', () => {
    expect(() => dense({ inFeatures: 2, outFeatures: 1, activationFunction: 'Swoosh' as 'Tanh' })).toThrow(
      OptionError,
    );
  });
});

describe('normalization', () => {
  test('brings each row, or each token, to length 1; a row of zeros stays', () => {
    const rows = normalize().forward(
      {
        sentenceEmbedding: tf.tensor2d([
          [3, 4],
          [0, 0],
        ]),
      },
      { mode: 'eval' },
    );
    expect((rows.sentenceEmbedding as tf.Tensor2D).arraySync()).toEqual([
      [Math.fround(0.6), Math.fround(0.8)],
      [0, 0],
    ]);
    const tokens = normalize({
      moduleInputName: 'token_embeddings',
      moduleOutputName: 'unit_tokens',
    }).forward(
      {
        tokenEmbeddings: tf.tensor3d([
          [
            [0, 2],
            [5, 0],
          ],
        ]),
      },
      { mode: 'eval' },
    );
    expect((tokens.unitTokens as tf.Tensor3D).arraySync()).toEqual([
      [
        [0, 1],
        [1, 0],
      ],
    ]);
    expect((tokens.tokenEmbeddings as tf.Tensor3D).arraySync()).toEqual([
      [
        [0, 2],
        [5, 0],
      ],
    ]);
  });

  test('leaves features without its input as they are', () => {
    const features = { task: 'query' };
    expect(normalize().forward(features, { mode: 'eval' })).toBe(features);
  });

  test('its config may be empty, as that of old models is', () => {
    const config = normalizeKind.readConfig({}, {});
    expect(config).toEqual({ moduleInputName: 'sentence_embedding', moduleOutputName: null });
    expect(normalize().config()).toEqual({
      module_input_name: 'sentence_embedding',
      module_output_name: 'sentence_embedding',
    });
    expect(() => normalizeKind.readConfig({ module_input_name: 3 }, {})).toThrow(ModelFileError);
  });
});
