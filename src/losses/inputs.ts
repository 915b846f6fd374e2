import type * as tf from '@tensorflow/tfjs';
import { checkArguments, isObject, listOf } from '../arguments.js';
import { counted } from '../counted.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import type { EmbeddingColumns, Features } from '../features.js';
import { isTensor } from '../is-tensor.js';
import { formatHint } from './catalog.js';
import { type LabelCheck, labelsToCheck, requireFinite } from './label-values.js';

interface ColumnRule {
  readonly min: number;
  readonly max?: number;
}

/** Throws an InputError unless the embeddings are the expected number of float32 matrices with equal shapes. */
export function checkEmbeddings(
  loss: string,
  embeddings: EmbeddingColumns,
  { min, max = Infinity }: ColumnRule,
  labels: tf.Tensor | undefined,
): void {
  if (!Array.isArray(embeddings)) {
    throw new InputError(
      `${loss}: embeddings are ${describe(embeddings)}; expected an array with one tensor per column`,
    );
  }
  const count = embeddings.length;
  if (count < min || count > max) {
    const expected = max === min ? `${min}` : max === Infinity ? `at least ${min}` : `${min} to ${max}`;
    const hint = formatHint(loss, count, labels !== undefined && labels !== null);
    throw new InputError(`${loss}: got ${counted(count, 'column')}; expected ${expected}. ${hint}`.trim());
  }
  // A hole in an array is not a tensor either.
  for (const [index, column] of embeddings.entries()) checkMatrix(loss, column, `embeddings[${index}]`);
  checkSameShape(loss, embeddings);
}

function checkSameShape(loss: string, embeddings: EmbeddingColumns): void {
  const shapes = embeddings.map((column) => column.shape);
  const [first] = shapes;
  if (first === undefined) return;
  for (const [index, shape] of shapes.entries()) {
    if (shape[0] !== first[0] || shape[1] !== first[1]) {
      throw new InputError(
        `${loss}: embeddings[0] has shape [${first.join(', ')}], embeddings[${index}] [${shape.join(', ')}]; ` +
          `expected one shape, [batch, dimensions], for every column`,
      );
    }
  }
}

/** Throws an InputError unless this is a float32 tensor [rows, dimensions] with at least one row. */
export function checkMatrix(loss: string, tensor: unknown, name: string): void {
  if (!isTensor(tensor)) {
    throw new InputError(`${loss}: ${name} is ${describe(tensor)}; expected a tensor [batch, dimensions]`);
  }
  checkNotDisposed(loss, tensor, name);
  if (tensor.rank !== 2 || tensor.dtype !== 'float32') {
    throw new InputError(
      `${loss}: ${name} is ${tensor.dtype} of shape [${tensor.shape.join(', ')}]; expected float32 [batch, dimensions]`,
    );
  }
  if (tensor.size === 0) {
    throw new InputError(
      `${loss}: ${name} has shape [${tensor.shape.join(', ')}]: the batch is empty; expected a row or more`,
    );
  }
}

function checkNotDisposed(loss: string, tensor: tf.Tensor, name: string): void {
  if (tensor.isDisposed) {
    throw new InputError(
      `${loss}: the tensor of ${name} is disposed; expected one whose values are still there`,
    );
  }
}

/**
 * Throws an InputError unless there are numeric labels.
 *
 * @param check checks their values; it is called if the loss checks values now (see `checkLabelValues`)
 */
export function checkLabels(
  loss: string,
  labels: tf.Tensor | undefined,
  expected: string,
  check: LabelCheck = (values, shape) => requireFinite(loss, values, shape),
): tf.Tensor {
  if (!isTensor(labels)) {
    throw new InputError(
      `${loss}: labels are ${labels === undefined ? 'missing' : describe(labels)}; expected ${expected}`,
    );
  }
  if (labels.dtype !== 'float32' && labels.dtype !== 'int32' && labels.dtype !== 'bool') {
    throw new InputError(
      `${loss}: labels are of type ${labels.dtype}; expected float32, int32 or bool, ${expected}`,
    );
  }
  checkNotDisposed(loss, labels, 'labels');
  const values = labelsToCheck(labels);
  if (values !== undefined) check(values, labels.shape);
  return labels;
}

const RESULTS = ['a scalar', 'one number per row', 'one number per pair of rows'] as const;

/** The result of an option's function. Throws an InputError if its shape is wrong. */
export function checkResult<T extends tf.Tensor>(
  loss: string,
  option: string,
  result: T,
  shape: readonly [] | readonly [number] | readonly [number, number],
): T {
  if (!isTensor(result)) {
    throw new InputError(`${loss}: ${option} gave ${describe(result)}; expected a tensor`);
  }
  if (result.shape.join() !== shape.join()) {
    throw new InputError(
      `${loss}: ${option} gave shape [${result.shape.join(', ')}]; expected [${shape.join(', ')}], ` +
        RESULTS[shape.length],
    );
  }
  return result;
}

/** Throws the InputError for labels of a wrong shape. */
export function wrongLabelShape(loss: string, labels: tf.Tensor, expected: string): never {
  throw new InputError(`${loss}: labels have shape [${labels.shape.join(', ')}]; expected ${expected}`);
}

const FEATURES = listOf('an array with the features of one or more columns, an object each', isObject);

/** Throws an InputError unless the features are a non-empty array of objects. */
export function checkFeatures(loss: string, features: readonly Features[]): void {
  if (Array.isArray(features) && features.length > 0) {
    return checkArguments(loss, { sentenceFeatures: FEATURES }, { sentenceFeatures: features });
  }
  throw new InputError(
    `${loss}: sentenceFeatures are ${describe(features)}; expected an array with the features of one or more columns`,
  );
}

/** The embedding that the model added to the features. Throws an InputError if there is none. */
export function sentenceEmbedding(loss: string, features: Features, column: number): tf.Tensor2D {
  if (typeof features !== 'object' || features === null) {
    throw new InputError(
      `${loss}: model.forward gave ${describe(features)} for column ${column}; expected features with sentenceEmbedding`,
    );
  }
  checkMatrix(loss, features.sentenceEmbedding, `the model's sentenceEmbedding of column ${column}`);
  return features.sentenceEmbedding as tf.Tensor2D;
}
