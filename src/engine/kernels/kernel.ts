import type { Value } from '../graph.js';

/** tfjs names the inputs of most kernels. Kernels of a list (Concat, Pack, AddN, Einsum) name theirs '0', '1', ... */
export type Inputs = Readonly<Record<string, Value | undefined>>;

/** Records what a tfjs kernel computes as ONNX nodes. */
export type Kernel = (inputs: Inputs, attributes: Readonly<Record<string, unknown>>) => Value | Value[];

/**
 * A kernel with the inputs and attributes that tfjs gives it. `Name` are the inputs that are always present, `Optional`
 * the inputs that may be undefined.
 */
export function kernel<Name extends string, Attrs = object, Optional extends string = never>(
  record: (
    inputs: Readonly<Record<Name, Value>> & Readonly<Partial<Record<Optional, Value>>>,
    attributes: Attrs,
  ) => Value | Value[],
): Kernel {
  return record as unknown as Kernel;
}

/** The inputs of a kernel that takes a list. */
export function listed(inputs: Inputs): Value[] {
  return Object.values(inputs).filter((value) => value !== undefined);
}
