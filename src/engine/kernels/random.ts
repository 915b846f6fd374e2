import type { MultinomialAttrs } from '@tensorflow/tfjs';
import { seededRandom } from '../../random.js';
import { sizeOf, type Value } from '../graph.js';
import { cumulativeSum } from '../ops/cumulative.js';
import { cast, compare } from '../ops/elementwise.js';
import { reshape, slice } from '../ops/layout.js';
import { reduce } from '../ops/reduce.js';
import { softmax } from '../ops/softmax.js';
import { dataValue } from '../storage.js';
import { kernel, type Kernel } from './kernel.js';

const TWO_POW_32 = 0x1_0000_0000;

/**
 * Numbers in [0, 1), the same for the same seed. If the user gives no seed, tfjs gives a random fraction as the seed.
 */
function uniform(shape: readonly number[], seed: number): Value {
  const random = seededRandom(Number.isInteger(seed) ? seed : seed * TWO_POW_32);
  const numbers = Float32Array.from({ length: sizeOf(shape) }, () => random.below(2 ** 24) / 2 ** 24);
  return dataValue(numbers, 'float32', shape);
}

/** Draws events for each row of [rows, events]: the first event whose cumulated probability exceeds u. */
function draw(logits: Value, { numSamples, seed, normalized }: MultinomialAttrs): Value {
  const [rows = 0, events = 0] = logits.shape;
  const probabilities = normalized ? logits : softmax('Softmax', logits, -1);
  const cumulated = cumulativeSum(probabilities, 1, { exclusive: false, reverse: false });
  // The last event takes the rest, however the sum is rounded.
  const bounds = reshape(slice(cumulated, [0, 0], [rows, events - 1]), [rows, 1, events - 1]);
  const passed = compare('LessOrEqual', bounds, uniform([rows, numSamples, 1], seed));
  return reduce('ReduceSum', cast(passed, 'int32'), [2], false);
}

export const RANDOM: Record<string, Kernel> = {
  Multinomial: kernel<'logits', MultinomialAttrs>(({ logits }, attributes) => draw(logits, attributes)),
};
