import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import { InputError, ModelFileError, OptionError } from '../errors.js';
import { pooling, poolingKind, type PoolingConfig, type PoolingMode } from './pooling.js';

beforeEach(() => setEngine('cpu'));

const TOKENS = [
  [
    [1, -2],
    [3, 4],
    [8, 6],
    [100, 100],
  ],
  [
    [100, 100],
    [5, 0],
    [-1, 2],
    [2, 1],
  ],
];
/** Padding on the right, and on the left. */
const MASK = [
  [1, 1, 1, 0],
  [0, 1, 1, 1],
];

function pooled(
  mode: PoolingMode | PoolingMode[],
  options: Partial<PoolingConfig> = {},
  promptLength?: number,
) {
  const module = pooling({ embeddingDimension: 2, poolingMode: mode, ...options });
  const { sentenceEmbedding } = module.forward(
    {
      tokenEmbeddings: tf.tensor3d(TOKENS),
      attentionMask: tf.tensor2d(MASK, undefined, 'int32'),
      ...(promptLength !== undefined && { promptLength }),
    },
    { mode: 'inference' },
  );
  return (sentenceEmbedding as tf.Tensor2D).arraySync();
}

describe('what is pooled', () => {
  const root = Math.fround(Math.sqrt(3));
  test.each<[PoolingMode, number[][]]>([
    [
      'cls',
      [
        [1, -2],
        [5, 0],
      ],
    ],
    [
      'lasttoken',
      [
        [8, 6],
        [2, 1],
      ],
    ],
    [
      'max',
      [
        [8, 6],
        [5, 2],
      ],
    ],
    [
      'mean',
      [
        [4, 8 / 3],
        [2, 1],
      ],
    ],
    [
      'mean_sqrt_len_tokens',
      [
        [12 / root, 8 / root],
        [6 / root, 3 / root],
      ],
    ],
    [
      'weightedmean',
      [
        [31 / 6, 4],
        [9 / 6, 7 / 6],
      ],
    ],
  ])('%s, with padding on either side', (mode, expected) => {
    pooled(mode).forEach((row, b) =>
      row.forEach((value, d) => expect(value).toBeCloseTo(expected[b]?.[d] ?? NaN, 5)),
    );
  });

  test('several modes stand side by side, in their order', () => {
    const module = pooling({ embeddingDimension: 2, poolingMode: ['max', 'cls'] });
    expect(module.dimension).toBe(4);
    expect(pooled(['max', 'cls'])).toEqual([
      [8, 6, 1, -2],
      [5, 2, 5, 0],
    ]);
  });

  test('a prompt is left out where it is not to be pooled, its tokens being the first that are not padding', () => {
    expect(pooled(['cls', 'mean'], { includePrompt: false }, 1)).toEqual([
      [3, 4, 5.5, 5],
      [-1, 2, 0.5, 1.5],
    ]);
    expect(pooled('cls', {}, 1)).toEqual(pooled('cls'));
    expect(pooled('cls', { includePrompt: false })).toEqual(pooled('cls'));
  });

  test('without a mask, or with one of another length, all tokens count', () => {
    const tokenEmbeddings = tf.tensor3d(TOKENS);
    const attentionMask = tf.zeros([2, 9], 'int32');
    const module = pooling({ embeddingDimension: 2, poolingMode: 'max' });
    for (const features of [{ tokenEmbeddings }, { tokenEmbeddings, attentionMask }]) {
      const { sentenceEmbedding } = module.forward(features, { mode: 'inference' });
      expect((sentenceEmbedding as tf.Tensor2D).arraySync()).toEqual([
        [100, 100],
        [100, 100],
      ]);
    }
  });

  test('cls uses the first token’s embedding that an earlier module made', () => {
    const given = {
      tokenEmbeddings: tf.tensor3d(TOKENS),
      attentionMask: tf.tensor2d(MASK, undefined, 'int32'),
    };
    const module = pooling({ embeddingDimension: 2, poolingMode: ['cls', 'max'] });
    const embed = (rows: number[][]): unknown =>
      module
        .forward({ ...given, clsTokenEmbeddings: tf.tensor2d(rows) }, { mode: 'eval' })
        .sentenceEmbedding?.arraySync();
    expect(
      embed([
        [7, 8],
        [9, 10],
      ]),
    ).toEqual([
      [7, 8, 8, 6],
      [9, 10, 5, 2],
    ]);
    expect(() => embed([[7, 8]])).toThrow('clsTokenEmbeddings are of shape [1, 2]; expected [2, 2]');
  });

  test('cls ignores the values of other tokens, including NaN', () => {
    const tokenEmbeddings = tf.tensor3d([
      [
        [1, 2],
        [NaN, Infinity],
      ],
    ]);
    const { sentenceEmbedding } = pooling({ embeddingDimension: 2, poolingMode: 'cls' }).forward(
      { tokenEmbeddings },
      { mode: 'inference' },
    );
    expect((sentenceEmbedding as tf.Tensor2D).arraySync()).toEqual([[1, 2]]);
  });

  test('one tensor is made', () => {
    const features = {
      tokenEmbeddings: tf.tensor3d(TOKENS),
      attentionMask: tf.tensor2d(MASK, undefined, 'int32'),
    };
    const before = tf.memory().numTensors;
    pooling({ embeddingDimension: 2, poolingMode: ['cls', 'max', 'mean', 'lasttoken'] }).forward(features, {
      mode: 'inference',
    });
    expect(tf.memory().numTensors).toBe(before + 1);
  });
});

test('gradients and values of every mode come from one program for all sizes', async () => {
  const module = pooling({
    embeddingDimension: 3,
    poolingMode: ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'],
    includePrompt: false,
  });
  const value = (tokenEmbeddings: tf.Tensor, attentionMask: tf.Tensor): tf.Tensor =>
    module.forward({ tokenEmbeddings, attentionMask, promptLength: 1 }, { mode: 'train' })
      .sentenceEmbedding as tf.Tensor;
  const both = (tokens: tf.Tensor, mask: tf.Tensor): tf.Tensor[] => [
    value(tokens, mask),
    tf.grad((x) => value(x, mask).square().sum())(tokens),
  ];
  const program = compile(both, {
    name: 'pooling',
    dimensions: [
      ['batch', 'length', null],
      ['batch', 'length'],
    ],
  });
  for (const [rows, length] of [
    [2, 4],
    [3, 6],
  ] as const) {
    const elements = Float32Array.from({ length: rows * length * 3 }, (_, i) => Math.sin(i * i));
    const kept = Array.from({ length: rows * length }, (_, i) => Number(i % length < length - (i % 2)));
    const run = async (): Promise<number[][]> => {
      const made = await program(
        tf.tensor(elements, [rows, length, 3]),
        tf.tensor(kept, [rows, length], 'int32'),
      );
      return await Promise.all(made.map(async (each) => Array.from(await each.data())));
    };
    await setEngine('cpu');
    const expected = await run();
    await setEngine('onnx');
    (await run()).flat().forEach((found, at) => expect(found).toBeCloseTo(expected.flat()[at] ?? NaN, 5));
  }
});

describe('its config', () => {
  const read = (json: unknown) => poolingKind.readConfig(json, {});

  test("is read from today's keys and from those of old files", () => {
    expect(read({ embedding_dimension: 8, pooling_mode: 'cls', include_prompt: false })).toEqual({
      embeddingDimension: 8,
      poolingMode: 'cls',
      includePrompt: false,
    });
    expect(
      read({
        word_embedding_dimension: 8,
        pooling_mode_mean_tokens: true,
        pooling_mode_cls_token: true,
        pooling_mode_max_tokens: false,
      }),
    ).toMatchObject({ embeddingDimension: 8, poolingMode: ['cls', 'mean'], includePrompt: true });
    expect(read({ word_embedding_dimension: 8, pooling_mode_cls_token: false })).toMatchObject({
      poolingMode: 'mean',
    });
    expect(
      read({
        embedding_dimension: 8,
        word_embedding_dimension: 4,
        pooling_mode: 'max',
        pooling_mode_cls_token: true,
      }),
    ).toMatchObject({ embeddingDimension: 8, poolingMode: 'max' });
  });

  test('is refused where a key is missing, unknown or wrong', () => {
    expect(() => read({ pooling_mode: 'mean' })).toThrow(ModelFileError);
    expect(() => read({ pooling_mode: 'mean' })).toThrow('lacks "embedding_dimension"');
    expect(() => read({ embedding_dimension: 4, pooling_mode: ['mean', 'median'] })).toThrow(
      'pooling_mode in the config of Pooling is ["mean", "median"]; expected one of "cls"',
    );
    expect(() => read({ embedding_dimension: 4, pooling_mode: [] })).toThrow('pooling_mode');
    expect(() => read({ embedding_dimension: 4, poolingMode: 'cls' })).toThrow('holds "poolingMode"');
    expect(() => read('mean')).toThrow('the config of Pooling is "mean"; expected an object');
  });

  test('is saved with a single mode as such, and a list as a list', () => {
    expect(pooling({ embeddingDimension: 4, poolingMode: ['max'] }).config()).toEqual({
      embedding_dimension: 4,
      pooling_mode: 'max',
      include_prompt: true,
    });
    expect(pooling({ embeddingDimension: 4, poolingMode: ['max', 'cls'] }).config()).toMatchObject({
      pooling_mode: ['max', 'cls'],
    });
  });

  test('options that are wrong are refused', () => {
    expect(() => pooling({ embeddingDimension: 0 })).toThrow(OptionError);
  });
});

test('tokens have to be there, and a prompt length to be a number', () => {
  const module = pooling({ embeddingDimension: 2, includePrompt: false });
  expect(() => module.forward({}, { mode: 'eval' })).toThrow(InputError);
  expect(() =>
    module.forward({ tokenEmbeddings: tf.tensor3d(TOKENS), promptLength: '3' }, { mode: 'eval' }),
  ).toThrow('promptLength is "3"; expected a number of tokens');
});
