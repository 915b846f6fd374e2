import type * as tf from '@tensorflow/tfjs';
import { anObject, type ArgumentRule, aTensor, checkArguments, listOf } from '../arguments.js';
import { InputError } from '../errors.js';
import { valuesAtHand } from '../ops/values-at-hand.js';
import { isCompiled } from '../state/compiled.js';

export type LabelValues = Float32Array | Int32Array | Uint8Array;

/** Throws an InputError if a loss does not accept the values of labels with this shape. */
export type LabelCheck = (values: LabelValues, shape: readonly number[]) => void;

/** A loss that restricts the values of its labels. */
export interface ChecksLabelValues {
  checkLabelValues?(values: LabelValues, shape: readonly number[]): void;
}

const CHECKED: Record<'values' | 'shape', ArgumentRule> = {
  values: {
    expects: 'a typed array of numbers',
    accepts: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
  },
  shape: listOf('a list of sizes', (size) => Number.isSafeInteger(size) && (size as number) >= 0),
};
const ARGUMENTS = { loss: anObject('a loss'), labels: aTensor('a tensor of numbers') };

/**
 * Checks the values of a batch's labels, with the same check and the same warnings as a loss that is called outside of
 * `compile`. Within `compile` a loss checks only the type and shape of labels, on every engine. Call this before a
 * compiled step for labels that have not been checked:
 *
 *     await checkLabelValues(loss, labels);
 *     await step(features, labels);
 *
 * A loss that is called outside of `compile` checks all labels that it can read synchronously: on every engine, labels
 * made from values; on engines that compute at once, such as `cpu`, computed labels as well. This function waits for
 * the values, and so checks all labels on every engine.
 *
 * @throws InputError that names the first label that the loss does not accept
 */
export async function checkLabelValues(loss: ChecksLabelValues, labels: tf.Tensor): Promise<void> {
  checkArguments('checkLabelValues', ARGUMENTS, { loss, labels });
  loss.checkLabelValues?.(await labels.data(), labels.shape);
}

/** The values that a loss checks when it is called: none within `compile`. */
export function labelsToCheck(labels: tf.Tensor): LabelValues | undefined {
  return isCompiled() ? undefined : valuesAtHand(labels);
}

/** Throws an InputError unless every label is finite (or -Infinity, if allowed). */
export function requireFinite(
  loss: string,
  values: LabelValues,
  shape: readonly number[],
  { minusInfinity = false } = {},
): void {
  checkArguments(`${loss}.checkLabelValues`, CHECKED, { values, shape });
  const index = values.findIndex(
    (value) => !Number.isFinite(value) && !(minusInfinity && value === -Infinity),
  );
  if (index < 0) return;
  throw new InputError(
    `${loss}: label ${coordinates(index, shape)} is ${values[index]}; expected finite numbers` +
      (minusInfinity ? ', or -Infinity for a candidate to leave out' : ''),
  );
}

function coordinates(index: number, shape: readonly number[]): string {
  const position: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${position.join(', ')}]`;
}
