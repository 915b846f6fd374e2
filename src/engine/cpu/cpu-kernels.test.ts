import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../random.js';
import { CPU_KERNELS, replaceCpuKernels } from './register.js';

/** tfjs's kernels on a backend of their own. */
const PLAIN = 'plain-cpu';

beforeAll(async () => {
  await tf.setBackend('cpu');
  const Backend = tf.backend().constructor as new () => tf.KernelBackend;
  tf.registerBackend(PLAIN, () => new Backend());
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    tf.registerKernel({ ...kernel, backendName: PLAIN });
  }
  replaceCpuKernels();
});

const random = seededRandom(7);
const SPECIAL = [0, -0, Infinity, -Infinity, Number.NaN, 1e-45, 3e38];

function numbers(shape: readonly number[], dtype: 'float32' | 'int32' | 'bool' = 'float32'): Given {
  const size = shape.reduce((product, one) => product * one, 1);
  const number = (): number => {
    if (dtype === 'bool') return random.below(2);
    if (dtype === 'int32') return random.below(9) - 4 || 5;
    return random.below(20) === 0 ? random.pick(SPECIAL) : (random.below(2e6) - 1e6) / 3e5;
  };
  return { shape: [...shape], dtype, values: Array.from({ length: size }, number) };
}

interface Given {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: number[];
}

/** The bits, shape and type of each result, and how many tensors are left. */
async function resultOn(backend: string, name: string, given: Record<string, Given>, attrs: object) {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const inputs = Object.fromEntries(
    Object.entries(given).map(([key, { values, shape, dtype }]) => [key, tf.tensor(values, shape, dtype)]),
  );
  const made = tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap);
  const results = await Promise.all(
    [made].flat().map(async (one) => ({ shape: one.shape, dtype: one.dtype, data: await one.data() })),
  );
  tf.dispose([inputs, made]);
  return { results, left: tf.memory().numTensors - before };
}

/** The results of tfjs's kernel and of the one that replaces it, each with what was asked for. */
async function bothResults(name: string, given: Record<string, Given>, attrs: object = {}) {
  const shapes = Object.values(given).map(({ shape }) => shape);
  const plain = await resultOn(PLAIN, name, given, attrs);
  const replaced = await resultOn('cpu', name, given, attrs);
  return { plain: { shapes, attrs, ...plain }, replaced: { shapes, attrs, ...replaced } };
}

const PAIRS: readonly (readonly [number[], number[]])[] = [
  [[], []],
  [[], [5]],
  [[5], []],
  [
    [3, 4],
    [3, 4],
  ],
  [[3, 4], [4]],
  [
    [3, 4],
    [1, 4],
  ],
  [
    [3, 1],
    [1, 4],
  ],
  [[1], [3, 4]],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 5],
  ],
  [
    [1, 1],
    [2, 1, 1, 3],
  ],
  [
    [0, 4],
    [1, 4],
  ],
];

/** Inputs and settings of kernels that have one tensor. */
const CASES: readonly (readonly [string, number[], object])[] = [
  ['Transpose', [2, 3, 4, 5], { perm: [0, 1, 2, 3] }],
  ['Transpose', [2, 3, 4, 5], { perm: [3, 2, 1, 0] }],
  ['Transpose', [2, 3, 4, 5], { perm: [0, 2, 1, 3] }],
  ['Transpose', [2, 3, 4, 5], { perm: [1, 3, 0, 2] }],
  ['Transpose', [3, 1, 4], { perm: [2, 1, 0] }],
  ['Slice', [4, 5], { begin: [1, 2], size: [2, 3] }],
  ['Slice', [4, 5], { begin: [1, 0], size: [2, 5] }],
  ['Slice', [4, 5, 3], { begin: [0, 1, 1], size: [-1, 2, 1] }],
  ['Slice', [4], { begin: 1, size: 2 }],
  ['SplitV', [4, 6], { numOrSizeSplits: 3, axis: 1 }],
  ['SplitV', [4, 6], { numOrSizeSplits: [1, -1, 2], axis: -1 }],
  ['SplitV', [4, 6], { numOrSizeSplits: [1, 3], axis: 0 }],
  ['Tile', [2, 3], { reps: [2, 3] }],
  ['Tile', [2, 1, 3], { reps: [1, 4, 1] }],
  ...['Sum', 'Mean', 'Max'].flatMap((name) =>
    [[0], [1], [2], [0, 1], [0, 2], [-1], [0, 1, 2], [-3, 1]].flatMap((axes) =>
      [false, true].map((keepDims): [string, number[], object] => {
        const attribute = name === 'Max' ? 'reductionIndices' : 'axis';
        return [name, [3, 4, 5], { [attribute]: axes, keepDims }];
      }),
    ),
  ),
  ['Softmax', [3, 7], { dim: -1 }],
  ['Softmax', [2, 3, 5], { dim: 2 }],
];

const PRODUCTS: readonly (readonly [number[], number[]])[] = [
  [
    [3, 4],
    [4, 5],
  ],
  [
    [1, 100],
    [100, 1],
  ],
  [
    [50, 49],
    [49, 6],
  ],
  [
    [2, 3, 97],
    [2, 97, 9],
  ],
  [
    [2, 3, 4],
    [1, 4, 5],
  ],
  [
    [2, 2, 3, 4],
    [2, 2, 4, 6],
  ],
];

const swapped = (shape: number[]): number[] => [...shape.slice(0, -2), ...shape.slice(-2).toReversed()];

describe('the kernels that replace those of tfjs give the same bits', () => {
  const BINARY = Object.keys(CPU_KERNELS).filter(
    (name) => name !== 'BatchMatMul' && !CASES.some(([other]) => other === name),
  );

  it.each(BINARY)('%s', async (name) => {
    const [first, second] = name === 'Prelu' ? ['x', 'alpha'] : ['a', 'b'];
    const dtypes = name.startsWith('Logical') ? (['bool'] as const) : (['float32', 'int32'] as const);
    for (const dtype of dtypes) {
      for (const [a, b] of PAIRS) {
        const { plain, replaced } = await bothResults(name, {
          [first]: numbers(a, dtype),
          [second]: numbers(b, dtype),
        });
        expect(replaced).toEqual(plain);
      }
    }
  });

  it.each(CASES)('%s of %j, %j', async (name, shape, attrs) => {
    const dtypes = name === 'Softmax' ? (['float32'] as const) : (['float32', 'int32', 'bool'] as const);
    for (const dtype of dtypes) {
      const { plain, replaced } = await bothResults(
        name,
        { [name === 'Softmax' ? 'logits' : 'x']: numbers(shape, dtype) },
        attrs,
      );
      expect(replaced).toEqual(plain);
    }
  });

  it.each(PRODUCTS)('BatchMatMul of %j and %j', async (a, b) => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const given = {
          a: numbers(transposeA ? swapped(a) : a),
          b: numbers(transposeB ? swapped(b) : b),
        };
        const { plain, replaced } = await bothResults('BatchMatMul', given, { transposeA, transposeB });
        expect(replaced).toEqual(plain);
      }
    }
  });

  it('says what tfjs says of shapes that do not fit', () => {
    expect(() => tf.add(tf.zeros([2, 3]), tf.zeros([4, 3]))).toThrow(/could not be broadcast/);
    const given = { a: tf.zeros([2, 3]), b: tf.zeros([4, 3]) };
    const settings = { transposeA: false, transposeB: false };
    expect(() => tf.engine().runKernel('BatchMatMul', given, settings)).toThrow(/inner shapes/);
  });

  it('leaves texts and complex numbers to tfjs', async () => {
    await tf.setBackend('cpu');
    expect(await tf.slice(tf.tensor([['a', 'b', 'c']]), [0, 1], [1, 1]).array()).toEqual([['b']]);
    const sum = tf.add(tf.complex([1, 2], [3, 4]), tf.complex([1], [1]));
    expect(await tf.real(sum).array()).toEqual([2, 3]);
  });
});
