import type { WireTensor } from '../src/python/exchange.js';

/** float32, int32 or bool, row-major */
export type CaseTensor = WireTensor;

/** A function is given by name, a number that JSON cannot hold is tagged. Keys are the option names of this package. */
export type OptionValue = string | number | boolean | null | readonly string[] | { readonly number: string };
export type CaseOptions = Readonly<Record<string, OptionValue>>;

/** Features by name; null stands for a feature that is None. */
export type CaseColumn = Readonly<Record<string, CaseTensor | null>>;

export type CaseWrapper = 'none' | 'SpladeLoss' | 'CachedSpladeLoss' | 'CSRLoss';

/** One comparison: a loss, its options and its data, complete in itself. */
export interface ParityCase {
  readonly loss: string;
  readonly wrapper: CaseWrapper;
  readonly format: string;
  /** What is special about the data. */
  readonly stratum: string;
  readonly lossOptions: CaseOptions;
  readonly wrapperOptions: CaseOptions;
  readonly columns: readonly CaseColumn[];
  readonly labels: CaseTensor | null;
}

/** The results of one side for a case. */
export interface CaseOutcome {
  readonly error?: { readonly type: string; readonly message: string };
  readonly componentNames: readonly string[];
  /**
   * `value` [], `components` [n], and for every float32 input `gradient/COLUMN.FEATURE` or `gradient/labels` with the
   * input's shape. The reference omits inputs to which no gradient flows.
   */
  readonly tensors: ReadonlyMap<string, WireTensor>;
}

export function floatTensor(shape: number[], data: Float32Array): CaseTensor {
  return { dtype: 'float32', shape, data };
}

/** The number that an option value stands for. */
export function optionNumber(value: OptionValue): OptionValue {
  return typeof value === 'object' && value !== null && 'number' in value ? Number(value.number) : value;
}
