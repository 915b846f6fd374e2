import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { recordAsIs } from '../engine/compile/record-sizes.js';
import { onnxBackend } from '../engine/compile/record.js';
import { structureOf } from '../engine/compile/structure.js';
import { explain } from '../engine/program/explain.js';
import { lower } from '../engine/program/lower.js';
import { setEngine } from '../engine/set-engine.js';
import { decodeModel } from '../onnx/read.js';
import { activate } from '../ops/splade-activation.js';
import {
  embed,
  inputsOf,
  POOLINGS,
  type SpladeCase,
  spladeCase,
  type SpladeInputs,
} from '../testing/splade.js';
import { tokenLogits } from './splade-pooling.js';

const DIMENSIONS = [
  ['batch', 'length', null],
  ['batch', 'length'],
];

type Pool = (states: tf.Tensor3D, decoder: tf.Tensor2D, bias: tf.Tensor1D, mask: tf.Tensor2D) => tf.Tensor;

/** Embeddings, and the gradients of the sum of their squares. */
function withGradients(pool: Pool): (inputs: SpladeInputs) => tf.Tensor[] {
  return ({ states, decoder, bias, mask }) => {
    const { value, grads } = tf.valueAndGrads((h: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
      pool(h as tf.Tensor3D, w as tf.Tensor2D, b as tf.Tensor1D, mask)
        .square()
        .sum(),
    )([states, decoder, bias]);
    return [pool(states, decoder, bias, mask), value, ...grads];
  };
}

const pooled =
  (options: Parameters<typeof embed>[1]): Pool =>
  (states, decoder, bias, mask) =>
    embed({ states, decoder, bias, mask }, options);

const MASKS: readonly SpladeCase['mask'][] = [
  [[1]],
  [
    [0, 1, 1],
    [1, 0, 0],
  ],
  [
    [1, 1, 1, 1, 1],
    [0, 0, 0, 0, 0],
    [0, 0, 1, 0, 1],
    [1, 0, 0, 0, 0],
  ],
];

describe('one program for every batch and length', () => {
  beforeEach(() => setEngine('onnx'));
  afterAll(() => setEngine('cpu'));

  const data = async (tensors: readonly tf.Tensor[]): Promise<number[][]> =>
    await Promise.all(tensors.map(async (tensor) => Array.from(await tensor.data())));

  it.each(POOLINGS)('of $poolingStrategy of $activationFunction, with its gradients', async (pooling) => {
    const compute = withGradients(pooled({ ...pooling, chunkSize: 3000 }));
    const { decoder, bias } = inputsOf(spladeCase(1, [[1]]));
    let recordings = 0;
    const compiled = compile(
      (states: tf.Tensor3D, mask: tf.Tensor2D) => {
        recordings++;
        return compute({ states, decoder, bias, mask });
      },
      { name: 'pooling', dimensions: DIMENSIONS },
    );
    let once = 0;
    for (const mask of MASKS) {
      await setEngine('onnx');
      const { states } = inputsOf(spladeCase(2, mask));
      const isToken = tf.tensor2d(mask.flat(), [mask.length, mask[0]?.length ?? 0], 'int32');
      const found = await data(await compiled(states, isToken));
      once ||= recordings;
      await setEngine('cpu');
      const expected = await data(compute({ states, decoder, bias, mask: isToken }));
      expect(found).toEqual(expected.map((each) => each.map((x): unknown => expect.closeTo(x, 4))));
    }
    expect(recordings).toBe(once);
    await compiled.dispose();
  });
});

it('positions of maxima are computed for a gradient only', async () => {
  await setEngine('onnx');
  const inputs = inputsOf(spladeCase(1, [[1, 1]], { vocabulary: 30 }));
  const pool = pooled({ chunkSize: 2731 });
  const operators = async (fn: (given: SpladeInputs) => tf.Tensor[]): Promise<string[]> => {
    const compiled = compile((given: SpladeInputs) => fn(given), { name: 'operators' });
    await compiled({ ...inputs });
    return decodeModel(compiled.model()).graph.nodes.map(({ op }) => op);
  };
  const count = (list: readonly string[], op: string): number => list.filter((each) => each === op).length;
  const inference = await operators(({ states, decoder, bias, mask }) => [pool(states, decoder, bias, mask)]);
  const training = await operators(withGradients(pool));
  // The one ArgMax left finds the first token of each text. The vocabulary has three pieces.
  expect([count(inference, 'ArgMax'), count(inference, 'MatMul')]).toEqual([1, 3]);
  expect(count(training, 'ArgMax')).toBe(4);
});

it('a NaN weight makes its term NaN for texts of any length', async () => {
  await setEngine('onnx');
  const { states, bias } = inputsOf(spladeCase(1, [Array<number>(100).fill(1)], { vocabulary: 40 }));
  const decoder = tf.tensor2d(
    Array.from({ length: 160 }, (_, i) => (i === 4 * 21 ? NaN : 0.1)),
    [40, 4],
  );
  const found = embed({ states, decoder, bias, mask: tf.ones([1, 100], 'int32') }, {});
  const isNan = Array.from(await found.data(), (x) => Number.isNaN(x));
  expect(isNan).toEqual(Array.from({ length: 40 }, (_, v) => v === 21));
});

describe('memory', () => {
  /** The memory that a program plans to use at once, without running it. */
  async function plannedBytes(pool: Pool, { states, decoder, bias, mask }: SpladeInputs): Promise<number> {
    await setEngine('onnx');
    const backend = onnxBackend();
    if (backend === undefined) throw new Error('the onnx engine is not in use');
    const args = structureOf([{ states, decoder, bias, mask }]);
    const fn = withGradients(pool) as (...given: readonly unknown[]) => unknown;
    const { outputs } = recordAsIs(backend, fn, args, {});
    return explain(lower(outputs, { isInput: () => true })).peakBytes;
  }

  it.each(POOLINGS)(
    'of $poolingStrategy of $activationFunction is less than a quarter of what whole logits need',
    async (pooling) => {
      const inputs: SpladeInputs = {
        states: tf.zeros([32, 256, 384]),
        decoder: tf.zeros([30_522, 384]),
        bias: tf.zeros([30_522]),
        mask: tf.ones([32, 256], 'int32'),
      };
      const naive: Pool = (states, decoder, bias, mask) => {
        const logits = tokenLogits({ predictionStates: states, decoderWeight: decoder, decoderBias: bias });
        const isToken = mask.toFloat();
        const activations = activate(logits.mul(isToken.expandDims(2)), pooling.activationFunction);
        return pooling.poolingStrategy === 'max'
          ? activations.max(1)
          : tf.matMul(isToken.expandDims(1), activations);
      };
      const [ours, theirs] = [await plannedBytes(pooled(pooling), inputs), await plannedBytes(naive, inputs)];
      expect(ours).toBeLessThan(theirs / 4);
      tf.dispose({ ...inputs });
    },
  );
});
