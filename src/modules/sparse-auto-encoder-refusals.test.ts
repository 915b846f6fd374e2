import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError, OptionError, UsageError } from '../errors.js';
import { SMALL_AUTO_ENCODER } from '../testing/small-auto-encoder.js';
import type { Mode } from './module.js';
import { sparseAutoEncoder, sparseAutoEncoderKind } from './sparse-auto-encoder.js';

beforeEach(() => setEngine('cpu'));

describe('what is refused', () => {
  const x = tf.zeros<tf.Rank.R2>([2, 4]);
  const forward = (options: object, mode: Mode, maxActiveDims?: number) => () =>
    sparseAutoEncoder({ ...SMALL_AUTO_ENCODER, ...options }).forward(
      { sentenceEmbedding: x },
      { mode, ...(maxActiveDims !== undefined && { maxActiveDims }) },
    );

  test('more latents than there are: k always, 4k and kAux in training and evaluation', () => {
    expect(forward({ k: 13 }, 'inference')).toThrow(UsageError);
    expect(forward({}, 'inference', 13)).toThrow('k is 13; expected a whole number up to hiddenDim, 12');
    expect(forward({ k: 4 }, 'train')).toThrow('4k is 16; expected a whole number up to hiddenDim, 12');
    expect(forward({ kAux: 13 }, 'eval')).toThrow('kAux is 13; expected');
    expect(forward({ k: 4, kAux: 13 }, 'inference')).not.toThrow();
  });

  test('an embedding of another width, or none', () => {
    const module = sparseAutoEncoder(SMALL_AUTO_ENCODER);
    expect(() => module.forward({}, { mode: 'eval' })).toThrow(InputError);
    expect(() => module.forward({ sentenceEmbedding: tf.zeros([2, 5]) }, { mode: 'eval' })).toThrow(
      'sentenceEmbedding is of shape [2, 5]; expected [batch, 4]',
    );
  });

  test('options and configs, naming the option or the key', () => {
    expect(() => sparseAutoEncoder({ inputDim: 4, k: 0 })).toThrow(OptionError);
    expect(() => sparseAutoEncoder({} as { inputDim: number })).toThrow('needs the option "inputDim"');
    expect(() => sparseAutoEncoderKind.readConfig({ input_dim: 4, k: 'eight' }, {})).toThrow(
      'k in the config of SparseAutoEncoder is "eight"; expected a whole number of at least 1',
    );
    expect(() => sparseAutoEncoderKind.readConfig({ input_dim: 4, kAux: 3 }, {})).toThrow('holds "kAux"');
    expect(sparseAutoEncoderKind.readConfig({ input_dim: 4, k_aux: null }, {})).toEqual({
      inputDim: 4,
      hiddenDim: 512,
      k: 8,
      kAux: null,
      normalize: false,
      deadThreshold: 30,
    });
  });
});
