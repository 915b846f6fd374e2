import { tf } from '../../tf.js';

export type Values = Float32Array | Int32Array | Uint8Array;

/** The part of tfjs's own backend `cpu` that its kernels use. */
export interface CpuBackend {
  readonly data: { get(dataId: object): { readonly values: Values } };
  makeTensorInfo(shape: readonly number[], dtype: tf.DataType, values: Values): tf.TensorInfo;
  disposeIntermediateTensorInfo(tensor: tf.TensorInfo): void;
}

export interface KernelCall {
  readonly inputs: Readonly<Record<string, tf.TensorInfo | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: CpuBackend;
  /** tfjs's kernel of the same name. */
  readonly original: (inputs: Record<string, tf.TensorInfo>, attrs?: object) => tf.TensorInfo;
}

/** Gives the very numbers of tfjs's kernel in less time, or undefined where that kernel is to run. */
export type CpuKernel = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[] | undefined;

/** The input of this name. Undefined if it is missing or holds texts or complex numbers. */
export function numericInput({ inputs }: KernelCall, name: string): tf.TensorInfo | undefined {
  const input = inputs[name];
  return input !== undefined && ['float32', 'int32', 'bool'].includes(input.dtype) ? input : undefined;
}

export const valuesOf = ({ backend }: KernelCall, { dataId }: tf.TensorInfo): Values =>
  backend.data.get(dataId).values;

/** Strides of a row-major tensor; those of axes of size 1 do not matter. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const size of shape.toReversed()) {
    strides.unshift(stride);
    stride *= size;
  }
  return strides;
}

export const newValues = (dtype: tf.DataType, size: number): Values =>
  tf.util.getArrayFromDType(dtype as 'float32' | 'int32' | 'bool', size);
