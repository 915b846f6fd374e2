import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError, ModelFileError, OptionError } from '../errors.js';
import { entryOf, sum } from '../testing/plain-math.js';
import { inputsOf, spladeCase } from '../testing/splade.js';
import { spladePooling, spladePoolingKind, tokenLogits } from './splade-pooling.js';

const MASK = [
  [1, 1, 1],
  [1, 1, 1],
];

describe('features', () => {
  beforeAll(() => setEngine('cpu'));

  it('stay, and the embedding is added', () => {
    const { states, decoder, bias, mask } = inputsOf(spladeCase(1, MASK));
    const features = {
      predictionStates: states,
      decoderWeight: decoder,
      decoderBias: bias,
      attentionMask: mask,
    };
    const found = spladePooling().forward(features, { mode: 'inference' });
    expect(found).toMatchObject(features);
    expect(found.sentenceEmbedding?.shape).toEqual([2, 13]);
    expect(features).not.toHaveProperty('sentenceEmbedding');
  });

  it('of a masked language model have logits, those of an ONNX file are the logits', async () => {
    const one = spladeCase(2, MASK);
    const { states, decoder, bias } = inputsOf(one);
    const logits = tokenLogits({ predictionStates: states, decoderWeight: decoder, decoderBias: bias });
    expect(logits.shape).toEqual([2, 3, 13]);
    const expected = one.states.flatMap((state) =>
      one.decoder.map((term, v) => sum(term.map((x, d) => x * entryOf(state, d))) + entryOf(one.bias, v)),
    );
    expect(Array.from(await logits.data())).toEqual(expected.map((x): unknown => expect.closeTo(x, 6)));
    expect(await tokenLogits({ tokenEmbeddings: logits }).data()).toEqual(await logits.data());
  });

  it('that are missing or of other shapes are refused with what was expected', () => {
    const forward = (features: Record<string, tf.Tensor>): unknown =>
      spladePooling().forward(features, { mode: 'eval' });
    const { states, decoder, bias, mask } = inputsOf(spladeCase(1, MASK));
    const made = { predictionStates: states, decoderWeight: decoder, decoderBias: bias };
    expect(() => forward({ attentionMask: mask })).toThrow(InputError);
    expect(() => forward({ attentionMask: mask })).toThrow(
      'SpladePooling: predictionStates is missing and tokenEmbeddings is missing; expected predictionStates, decoderWeight ' +
        'and decoderBias of a masked language model, or logits [batch, length, terms] as tokenEmbeddings',
    );
    expect(() => forward({ ...made, decoderBias: tf.zeros([12]), attentionMask: mask })).toThrow(
      'predictionStates is of shape [2, 3, 4], decoderWeight of shape [13, 4] and decoderBias of shape [12]; expected shapes ' +
        '[batch, length, width], [terms, width] and [terms]',
    );
    expect(() => forward({ predictionStates: states, attentionMask: mask })).toThrow('decoderWeight missing');
    expect(() => forward(made)).toThrow(
      'attentionMask is missing; expected shape [2, 3], 1 for tokens and 0 for padding',
    );
    expect(() => forward({ ...made, attentionMask: tf.ones([2, 4]) })).toThrow('is of shape [2, 4]');
  });
});

describe('options and the config file', () => {
  const read = (json: unknown): unknown => spladePoolingKind.readConfig(json, {});

  it('are the defaults of the reference where nothing is said', () => {
    const config = { pooling_strategy: 'max', activation_function: 'relu', embedding_dimension: null };
    expect(spladePooling().config()).toEqual(config);
    expect(read({})).toEqual(read(config));
  });

  it('are written as they were given, without the chunk size', () => {
    const module = spladePooling({
      poolingStrategy: 'sum',
      activationFunction: 'log1p_relu',
      embeddingDimension: 30522,
      chunkSize: 8,
    });
    expect(module.config()).toEqual({
      pooling_strategy: 'sum',
      activation_function: 'log1p_relu',
      embedding_dimension: 30522,
    });
    expect(module.dimension).toBe(30522);
    expect(read(module.config())).toMatchObject({ poolingStrategy: 'sum', embeddingDimension: 30522 });
  });

  it('know the dimension from the first batch on', async () => {
    await setEngine('cpu');
    const module = spladePooling();
    expect(module.dimension).toBeUndefined();
    module.forward(
      { tokenEmbeddings: tf.zeros([1, 2, 5]), attentionMask: tf.ones([1, 2]) },
      { mode: 'eval' },
    );
    expect([module.dimension, module.config()['embedding_dimension']]).toEqual([5, 5]);
  });

  it('know the old key word_embedding_dimension', () => {
    expect(read({ word_embedding_dimension: 7 })).toMatchObject({ embeddingDimension: 7 });
  });

  it('that are wrong are refused with what came and what was expected', () => {
    expect(() => spladePooling({ poolingStrategy: 'mean' as 'max' })).toThrow(OptionError);
    expect(() => spladePooling({ poolingStrategy: 'mean' as 'max' })).toThrow(
      'SpladePooling: poolingStrategy is "mean"; expected one of "max", "sum"',
    );
    expect(() => spladePooling({ chunkSize: 0 })).toThrow(
      'chunkSize is 0; expected a whole number of at least 1, or null',
    );
    expect(() => read({ activation_function: 'gelu' })).toThrow(ModelFileError);
    expect(() => read({ activation_function: 'gelu' })).toThrow(
      'activation_function in the config of SpladePooling is "gelu"; expected one of "relu", "log1p_relu"',
    );
    expect(() => read({ chunk_size: 3 })).toThrow('"chunk_size"');
    expect(() => read([])).toThrow(ModelFileError);
  });
});
