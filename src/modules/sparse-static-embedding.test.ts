import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import { InputError, ModelFileError, OptionError } from '../errors.js';
import type { Features } from '../features.js';
import { matrixOf } from '../testing/matrices.js';
import { wordTokenizer } from '../testing/tokenizers/word-tokenizer.js';
import { warningsOf } from '../testing/warnings.js';
import {
  fromTokenWeights,
  sparseStaticEmbedding,
  sparseStaticEmbeddingKind,
} from './sparse-static-embedding.js';

beforeEach(() => setEngine('cpu'));

const features = (ids: number[][], mask: number[][]): Features => ({
  inputIds: tf.tensor2d(ids, undefined, 'int32'),
  attentionMask: tf.tensor2d(mask, undefined, 'int32'),
});

const FEATURES = (): Features =>
  features(
    [
      [3, 1, 3, 0],
      [2, 0, 0, 1],
    ],
    [
      [1, 1, 1, 0],
      [1, 1, 0, 0],
    ],
  );

function weighted(frozen = false) {
  const tokenizer = wordTokenizer(['a', 'b', 'c', 'd', 'e']);
  return sparseStaticEmbedding({ tokenizer, frozen, weight: [10, 20, 30, 40, 50] });
}

describe('the embedding', () => {
  test('holds the weight of each token that occurs, however often, and of no masked one', () => {
    const { sentenceEmbedding } = weighted().forward(FEATURES(), { mode: 'inference' });
    expect(matrixOf(sentenceEmbedding as tf.Tensor)).toEqual([
      [0, 20, 0, 40, 0],
      [10, 0, 30, 0, 0],
    ]);
  });

  test('a token of the text that is the padding token counts, whether or not the batch is padded', () => {
    const rows = [[[2, 0]], [[2, 0, 0, 0]]].map((ids, at) => {
      const mask = [at === 0 ? [1, 1] : [1, 1, 0, 0]];
      return matrixOf(
        weighted().forward(features(ids, mask), { mode: 'inference' }).sentenceEmbedding as tf.Tensor,
      );
    });
    expect(rows).toEqual([[[10, 0, 30, 0, 0]], [[10, 0, 30, 0, 0]]]);
  });

  test('is multiplied by one that is there already, and gradients go to both', () => {
    const module = weighted();
    const earlier = tf.tensor2d([
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
    ]);
    const weight = module.parameters.get('weight');
    const [toWeight, toEarlier] = tf.grads((_, sentenceEmbedding) =>
      (
        module.forward({ ...FEATURES(), sentenceEmbedding }, { mode: 'train' }).sentenceEmbedding as tf.Tensor
      ).sum(),
    )([weight, earlier]) as [tf.Tensor, tf.Tensor];
    expect(Array.from(toWeight.dataSync())).toEqual([6, 2, 8, 4, 0]);
    expect(matrixOf(toEarlier)).toEqual([
      [0, 20, 0, 40, 0],
      [10, 0, 30, 0, 0],
    ]);
  });

  test('one program serves every batch size and length', async () => {
    await setEngine('onnx');
    const module = weighted();
    const program = compile(
      (inputIds: tf.Tensor, attentionMask: tf.Tensor) =>
        module.forward({ inputIds, attentionMask }, { mode: 'inference' }).sentenceEmbedding as tf.Tensor,
      {
        name: 'static',
        dimensions: [
          ['batch', 'length'],
          ['batch', 'length'],
        ],
      },
    );
    const { inputIds, attentionMask } = FEATURES() as { inputIds: tf.Tensor; attentionMask: tf.Tensor };
    const small = await program(inputIds.slice([1, 0], [1, 2]), attentionMask.slice([1, 0], [1, 2]));
    expect(Array.from(await small.data())).toEqual([10, 0, 30, 0, 0]);
    const large = await program(inputIds, attentionMask);
    expect(Array.from(await large.data())).toEqual([0, 20, 0, 40, 0, 10, 0, 30, 0, 0]);
  });

  test('leaves one tensor, and takes texts without special tokens', () => {
    const module = weighted(true);
    const given = FEATURES();
    const before = tf.memory().numTensors;
    module.forward(given, { mode: 'inference' });
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(module.input).toEqual({
      addSpecialTokens: false,
      maxPositions: Infinity,
      isFixed: true,
    });
    expect(module.parameters.get('weight').trainable).toBe(false);
    expect(module.config()).toEqual({ frozen: true });
  });

  test('needs token ids and their mask', () => {
    expect(() => weighted().forward({ inputIds: tf.zeros([1, 2], 'int32') }, { mode: 'eval' })).toThrow(
      InputError,
    );
  });
});

describe('a new one', () => {
  const tokenizer = wordTokenizer(['a', 'b']);
  const weights = (weight?: ArrayLike<number>): number[] =>
    Array.from(
      sparseStaticEmbedding({ tokenizer, ...(weight !== undefined && { weight }) })
        .parameters.get('weight')
        .dataSync(),
    );

  test('has the weights that it is given, else 1 each, and the tokenizer', () => {
    expect(weights()).toEqual([1, 1]);
    expect(weights([0.5, -2])).toEqual([0.5, -2]);
    expect(weights(Float64Array.of(0.1, 2))).toEqual([Math.fround(0.1), 2]);
    expect(sparseStaticEmbedding({ tokenizer }).tokenizer).toBe(tokenizer);
  });

  test('is refused without a tokenizer, with one whose files do not say what it does, or other weights than its ids', () => {
    const make = (options: object) => () => sparseStaticEmbedding(options as { tokenizer: typeof tokenizer });
    expect(make({})).toThrow(
      new OptionError(
        'SparseStaticEmbedding needs the option "tokenizer": a tokenizer: the one of a transformer, or a result of loadTokenizer',
      ),
    );
    expect(make({ tokenizer: 'a folder' })).toThrow('tokenizer is "a folder"; expected a tokenizer');
    expect(make({ tokenizer: { ...tokenizer, lowerCase: true } })).toThrow('makes texts lower-case');
    expect(make({ tokenizer, weight: [1, 2, 3] })).toThrow(
      new OptionError(
        'SparseStaticEmbedding: weight has 3 numbers; expected 2, one for each id of the tokenizer',
      ),
    );
    expect(make({ tokenizer, weight: [1, NaN] })).toThrow('expected an array of finite numbers');
  });
});

describe('a map of token weights', () => {
  const tokenizer = wordTokenizer(['[UNK]', 'new', 'york', 'weather']);

  test('gives each token its weight and the others 0; unknown ones are left out with a warning', () => {
    let weights: number[] = [];
    const warnings = warningsOf(() => {
      const map = { york: 5.5, weather: 3, 'no token': 9, '[UNK]': 0.25 };
      const module = fromTokenWeights(map, tokenizer, { frozen: true, source: 'idf.json' });
      const weight = module.parameters.get('weight');
      weights = Array.from(weight.dataSync());
      expect(weight.trainable).toBe(false);
    });
    expect(weights).toEqual([0.25, 0, 5.5, 3]);
    expect(warnings).toEqual([
      'idf.json weighs 1 token that the tokenizer does not have ("no token"); they are ignored.',
    ]);
  });

  test('is refused where a weight is not a number, or where it is not a map', () => {
    const read = (map: unknown) => () => fromTokenWeights(map, tokenizer, { source: 'idf.json' });
    expect(read({ york: 'heavy' })).toThrow(ModelFileError);
    expect(read({ york: 'heavy' })).toThrow(
      'idf.json: the weight of token "york" is "heavy"; expected a finite number',
    );
    expect(read({ york: null })).toThrow('token "york" is null');
    expect(read({ york: 1e39 })).toThrow('token "york" is 1e+39');
    expect(read([1, 2])).toThrow('idf.json is [1, 2]; expected an object');
  });
});

describe('its config', () => {
  test('may name a JSON file of weights; another path is ignored', () => {
    const read = (json: unknown) => sparseStaticEmbeddingKind.readConfig(json, { vocabularySize: 5 });
    expect(read({ frozen: true, path: 'idf.json' })).toEqual({
      vocabularySize: 5,
      frozen: true,
      weightsPath: 'idf.json',
    });
    expect(read({ path: 'somewhere' })).toMatchObject({ frozen: false, weightsPath: null });
  });

  test('is refused without a tokenizer, and with a key that is wrong', () => {
    expect(() => sparseStaticEmbeddingKind.readConfig({}, {})).toThrow('needs a tokenizer');
    expect(() => sparseStaticEmbeddingKind.readConfig({ frozen: 1 }, { vocabularySize: 5 })).toThrow(
      'frozen in the config of SparseStaticEmbedding is 1; expected true or false',
    );
  });
});
