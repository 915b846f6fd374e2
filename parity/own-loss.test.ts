import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { type EmbeddingColumns, type Features, Loss } from '../src/api/losses.js';
import {
  type CaseOutcome,
  combineLegs,
  compareOutcomes,
  conditioningOf,
  OURS,
  type ParityCase,
  runCase,
} from './index.js';

/** Half the sum of squares of one column, with its gradient multiplied by `factor`. */
function lossClass(factor: number): typeof Loss {
  return class extends Loss {
    override forward([first]: readonly Features[]): tf.Scalar {
      return this.computeLossFromEmbeddings([first?.sentenceEmbedding as tf.Tensor2D]);
    }
    computeLossFromEmbeddings([x]: EmbeddingColumns): tf.Scalar {
      const half = (x as tf.Tensor2D).square().sum<tf.Scalar>().div<tf.Scalar>(2);
      const constant = tf.scalar((half.dataSync()[0] ?? 0) * (1 - factor));
      return half.mul(factor).add(constant);
    }
  };
}

const one: ParityCase = {
  loss: 'HalfSquares',
  wrapper: 'none',
  format: 'embedding',
  stratum: 'mine',
  lossOptions: {},
  wrapperOptions: {},
  columns: [{ sentenceEmbedding: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(3, 4) } }],
  labels: null,
};
const tensor = (shape: number[], ...data: number[]) => ({
  dtype: 'float64' as const,
  shape,
  data: Float64Array.from(data),
});
const truth: CaseOutcome = {
  componentNames: ['base_loss'],
  tensors: new Map([
    ['value', tensor([], 12.5)],
    ['components', tensor([1], 12.5)],
    ['gradient/0.sentenceEmbedding', tensor([1, 2], 3, 4)],
  ]),
};

it('compares a loss of the user with numbers from elsewhere', async () => {
  const verdict = async (factor: number) => {
    const losses = { ...OURS.losses, HalfSquares: lossClass(factor) as never };
    const legs = combineLegs([truth], truth, conditioningOf(one, truth));
    return compareOutcomes(await runCase(one, { ...OURS, losses }), legs).mismatch;
  };
  expect(await verdict(1)).toBeUndefined();
  expect(await verdict(2)).toMatchObject({ kind: 'gradient', tensor: 'gradient/0.sentenceEmbedding' });
});
