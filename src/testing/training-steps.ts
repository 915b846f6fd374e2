import * as tf from '@tensorflow/tfjs';
import type { EmbeddingModel, Features } from '../features.js';
import { type LossValue, totalLoss } from '../losses/loss.js';
import { seededRandom } from '../random.js';

/** A column of made-up texts. The first text fills all positions, and the others end earlier. */
export function randomColumn(seed: number, texts: number, length: number, vocabulary: number): Features {
  const random = seededRandom(seed);
  const shape: [number, number] = [texts, length];
  const lengths = Array.from({ length: texts }, (_, text) =>
    text === 0 ? length : 1 + random.below(length),
  );
  const mask = lengths.flatMap((used) => Array.from({ length }, (_, at) => Number(at < used)));
  const ids = mask.map((isToken) => isToken * (5 + random.below(vocabulary - 5)));
  return {
    inputIds: tf.tensor2d(ids, shape, 'int32'),
    attentionMask: tf.tensor2d(mask, shape, 'int32'),
  };
}

/** PyTorch's guard against a norm of 0. */
const NORM_EPSILON = 1e-6;

/** The loss, the norm of all gradients together, and the gradients scaled down to a norm of `maxNorm`. */
export function gradientsOf(
  value: () => LossValue,
  model: Required<Pick<EmbeddingModel, 'trainableVariables' | 'captureRandomState'>>,
  maxNorm = 0.1,
): tf.Tensor[] {
  const variables = model.trainableVariables();
  const restart = model.captureRandomState();
  const { value: loss, grads } = tf.variableGrads(() => totalLoss(value()), variables);
  // Every call draws the same masks, so that calls can be compared.
  restart();
  const gradients = variables.map(({ name }) => grads[name] as tf.Tensor);
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => gradient.square().sum())));
  const scale = tf.minimum(1, tf.div(maxNorm, norm.add(NORM_EPSILON)));
  return [loss, norm, ...gradients.map((gradient) => gradient.mul(scale))];
}

/** The difference of numbers, relative to the largest of each tensor or to `floor`; Infinity if shapes differ. */
export async function furthest(
  found: readonly tf.Tensor[],
  expected: readonly tf.Tensor[],
  floor: number,
): Promise<number> {
  const apart = await Promise.all(
    expected.map(async (tensor, index) => {
      const other = found[index];
      if (other?.shape.join() !== tensor.shape.join()) return Infinity;
      const [a, b] = (await Promise.all([other.data(), tensor.data()])).map((data) => [...data]) as [
        number[],
        number[],
      ];
      const scale = b.reduce((most, x) => Math.max(most, Math.abs(x)), floor);
      return b.reduce((most, x, at) => Math.max(most, Math.abs(x - (a[at] ?? NaN))), 0) / scale;
    }),
  );
  // NaN if one of them is, which no bound accepts.
  return Math.max(0, ...apart);
}
