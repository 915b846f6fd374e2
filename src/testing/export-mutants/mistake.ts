import type { ExportFormat } from '../../export/formats.js';
import type { OnnxModel, OnnxNode } from '../../onnx/model.js';
import { type Change, changedValue } from './graph-surgery.js';

/** A wrong variant of an exported graph. A verification that lets it pass is blind to that mistake. */
export interface ExportMutant {
  /** PART/MISTAKE, unique in the whole table */
  readonly id: string;
  /** The mistake. */
  readonly what: string;
  /** The tiny model to export. */
  readonly model: string;
  readonly format: ExportFormat;
  /** The route of a Router. */
  readonly route?: string;
  readonly change: Change;
}

export type Mistake = Omit<ExportMutant, 'id'>;

/** Element types, with the numbers that Cast uses. */
export const [FLOAT, BOOL] = [1, 9];
const MASK = 'attention_mask_int32';

/** A change that first looks something up in the graph. */
export const seen =
  (change: (model: OnnxModel) => Change): Change =>
  (model) =>
    change(model)(model);

const castTo =
  (type: number) =>
  ({ op, attributes }: OnnxNode): boolean =>
    op === 'Cast' && JSON.stringify(attributes['to']) === JSON.stringify({ int: type });

/** A mask without padding for the readers of these casts: BOOL is read by attention, FLOAT by pooling. */
export const padded = (...types: readonly number[]): Change =>
  changedValue(
    MASK,
    (more, mask) => {
      const zero = more.constant({ type: 'int32', dims: [], data: Int32Array.of(0) });
      const one = more.constant({ type: 'int32', dims: [], data: Int32Array.of(1) });
      return more.add('Add', [more.add('Mul', [mask, zero]), one]);
    },
    { where: (node) => types.some((type) => castTo(type)(node)) },
  );

export const times =
  (factor: number) =>
  (data: Float32Array | BigInt64Array): void => {
    (data as Float32Array).forEach((value, index) => (data[index] = value * factor));
  };

export const plus =
  (offset: number, position = 0) =>
  (data: Float32Array | BigInt64Array): void => {
    data[position] = (data[position] as number) + offset;
  };
