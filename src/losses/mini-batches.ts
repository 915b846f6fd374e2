import { anObject, aTensor, checkArguments } from '../arguments.js';
import { InputError } from '../errors.js';
import type { Features, FeatureValue } from '../features.js';
import type { MiniBatchSize } from '../ops/mini-batch-loop.js';
import { valuesAtHand } from '../ops/values-at-hand.js';
import { tf } from '../tf.js';

/** Rows begin..end - 1 of a column. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/**
 * Divides the rows of a column into mini-batches, in order.
 *
 * @throws InputError if a token budget is set, but the features have no attention mask to count tokens with
 */
export function miniBatchRanges(loss: string, features: Features, size: MiniBatchSize): Range[] {
  const rows = batchSize(loss, features);
  if (size.tokens === null) {
    return Array.from({ length: Math.ceil(rows / size.rows) }, (_, i) => ({
      begin: i * size.rows,
      end: Math.min((i + 1) * size.rows, rows),
    }));
  }
  const counts = tokenCounts(loss, features);
  const ranges: Range[] = [];
  let begin = 0;
  let tokens = 0;
  for (const [row, count] of counts.entries()) {
    if (row > begin && tokens + count > size.tokens) {
      ranges.push({ begin, end: row });
      begin = row;
      tokens = 0;
    }
    tokens += count;
  }
  ranges.push({ begin, end: rows });
  return ranges;
}

function batchSize(loss: string, features: Features): number {
  const tensors = [features.inputIds, features.attentionMask, ...Object.values(features)];
  const rows = tensors.find((value): value is tf.Tensor => value instanceof tf.Tensor && value.rank > 0)
    ?.shape[0];
  if (rows === undefined || rows === 0) {
    throw new InputError(`${loss}: a column has no rows; expected one or more`);
  }
  return rows;
}

/** @throws InputError if there is no mask to count tokens with */
export function requireMask(loss: string, { attentionMask }: Features): tf.Tensor {
  if (attentionMask?.rank === 2) return attentionMask;
  throw new InputError(
    `${loss}: miniBatchNumTokens counts tokens, but the features have no attentionMask [batch, length]; expected one, ` +
      `or miniBatchSize instead`,
  );
}

function tokenCounts(loss: string, features: Features): readonly number[] {
  const attentionMask = requireMask(loss, features);
  const { tokenCounts: given } = features;
  const [rows = 0] = attentionMask.shape;
  if (given !== undefined) {
    if (given.length === rows) return given;
    throw new InputError(
      `${loss}: tokenCounts has ${given.length} numbers; expected ${rows}, one for each text`,
    );
  }
  const mask = valuesAtHand(attentionMask);
  if (mask !== undefined) return countsIn(mask, attentionMask.shape);
  throw new InputError(
    `${loss}: miniBatchNumTokens counts tokens, but the values of attentionMask are not at hand, and the forward of ` +
      `this model cannot be recorded as a loop; expected features with the tokenCounts of \`withTokenCounts\`, or ` +
      'miniBatchSize instead',
  );
}

function countsIn(mask: ArrayLike<number>, [rows = 0, length = 0]: readonly number[]): number[] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length }, (__, at) => mask[row * length + at] ?? 0).reduce((sum, value) => sum + value, 0),
  );
}

const FEATURES = {
  features: anObject('the features of a column'),
  attentionMask: aTensor('a tensor [batch, length]', 2),
};

/**
 * The features of a column plus the number of tokens of each text, as `tokenCounts`. CachedSpladeLoss with
 * `miniBatchNumTokens` needs them if it can neither read the mask nor record a loop: within `compile` on the engine
 * `onnx`, for a model with `captureRandomState` but without `withRandomPart`. Otherwise it does not need them. A
 * compiled function is recorded again for other counts.
 *
 *     await step(await Promise.all(columns.map(withTokenCounts)));
 *
 * @throws InputError if the features have no attentionMask [batch, length]
 */
export async function withTokenCounts(features: Features): Promise<Features> {
  const { attentionMask } = features ?? {};
  checkArguments('withTokenCounts', FEATURES, { features, attentionMask });
  const mask = attentionMask as tf.Tensor;
  const values = (await mask.data()) as Int32Array;
  return { ...features, tokenCounts: countsIn(values, mask.shape) };
}

/** The features of some rows, without token positions that are padding in all of them. */
export function miniBatch(features: Features, range: Range): Features {
  const used = usedLength(features.attentionMask, range);
  const cut = (name: string, value: FeatureValue): FeatureValue => {
    if (name === 'tokenCounts') return features.tokenCounts?.slice(range.begin, range.end);
    if (!(value instanceof tf.Tensor) || value.rank === 0) return value;
    const begin = value.shape.map((_, axis) => (axis === 0 ? range.begin : 0));
    const perToken = isPerToken(features, name, value);
    const size = value.shape.map((extent, axis) => {
      if (axis === 0) return range.end - range.begin;
      return axis === 1 && perToken ? (used ?? extent) : extent;
    });
    return tf.slice(value, begin, size);
  };
  return Object.fromEntries(Object.entries(features).map(([name, value]) => [name, cut(name, value)]));
}

/** Whether axis 1 of a feature runs over the positions of the attention mask. */
export function isPerToken({ attentionMask }: Features, name: string, value: tf.Tensor): boolean {
  return (
    value.rank > 1 &&
    value.shape[1] === attentionMask?.shape[1] &&
    (name === 'tokenEmbeddings' || value.dtype !== 'float32')
  );
}

/** The number of positions up to the last one that any of these rows uses. */
function usedLength(attentionMask: tf.Tensor | undefined, { begin, end }: Range): number | undefined {
  if (attentionMask === undefined || attentionMask.rank !== 2) return undefined;
  const mask = valuesAtHand(attentionMask);
  if (mask === undefined) return undefined;
  const length = attentionMask.shape[1] ?? 0;
  let used = 0;
  for (let row = begin; row < end; row++) {
    const last = mask
      .subarray(row * length, (row + 1) * length)
      .findLastIndex((value: number) => value !== 0);
    used = Math.max(used, last + 1);
  }
  return used > 0 ? used : length;
}
