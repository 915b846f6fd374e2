import { ModelFileError } from '../../errors.js';
import { preview } from '../../files/preview.js';
import type { OnnxModel } from '../../onnx/model.js';
import { type ExportFormat, FORMATS, type Precision, PRECISIONS } from '../formats.js';
import { METADATA_PREFIX } from '../metadata.js';

/** The first claim of the files' metadata that is a key of the table. */
function claimed<T extends string>(
  models: readonly OnnxModel[],
  key: string,
  table: Readonly<Record<T, unknown>>,
): T | undefined {
  return models
    .map(({ metadata }) => metadata[`${METADATA_PREFIX}${key}`])
    .find((each): each is T => each !== undefined && Object.hasOwn(table, each));
}

/** The precision that the files claim; without a claim, the precision of their operators and weights. */
export function precisionOf(models: readonly OnnxModel[]): Precision {
  const precision = claimed(models, 'precision', PRECISIONS);
  if (precision !== undefined) return precision;
  const quantized = /Integer|QLinear|^DequantizeLinear$/;
  if (models.some(({ graph }) => graph.nodes.some(({ op }) => quantized.test(op)))) return 'int8';
  const hasHalves = models.some(({ graph }) =>
    graph.initializers.some(({ tensor }) => tensor.type === 'float16'),
  );
  return hasHalves ? 'fp16' : 'fp32';
}

export function formatOf(models: readonly OnnxModel[]): ExportFormat | null {
  return claimed(models, 'format', FORMATS) ?? null;
}

/**
 * The most active dimensions of embeddings that a file claims; undefined without a claim.
 *
 * @throws ModelFileError if the claim is not a number of dimensions
 */
export function claimedLimit(path: string, { metadata }: OnnxModel): number | undefined {
  const key = `${METADATA_PREFIX}max_active_dims`;
  const claim = metadata[key];
  if (claim === undefined) return undefined;
  const limit = Number(claim);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new ModelFileError(
    `${path} has ${preview(claim)} as ${key} in its metadata; expected a whole number above 0`,
  );
}
