import { UsageError } from '../../src/errors.js';
import type { InputSpecs, Size, SpecNode } from './input-spec.js';

/** Dimensions that several inputs share: their names with a size or a range of sizes. */
export type Dimensions = Readonly<Record<string, number | readonly [least: number, most: number]>>;

/** A size that is drawn for each case. */
export interface DrawnSize {
  readonly least: number;
  readonly most: number;
}

export type TensorNode = Extract<SpecNode, { kind: 'tensor' }>;

/** Every form of the inputs, by its path; the items of a list up to its greatest length. */
export function* nodesOf(inputs: InputSpecs): Generator<readonly [string, SpecNode]> {
  for (const [name, { node }] of Object.entries(inputs)) yield* nodesBelow(node, name);
}

function* nodesBelow(node: SpecNode, path: string): Generator<readonly [string, SpecNode]> {
  yield [path, node];
  if (node.kind === 'list') {
    for (let index = 0; index < node.length[1]; index++) yield* nodesBelow(node.item, `${path}.${index}`);
  }
  if (node.kind === 'record') {
    for (const [key, field] of Object.entries(node.fields)) yield* nodesBelow(field, `${path}.${key}`);
  }
}

/** Follows `sameAs` to a tensor. Throws a UsageError if there is none. */
export function tensorNodeAt(inputs: InputSpecs, path: string, from: readonly string[] = []): TensorNode {
  if (from.includes(path)) {
    throw new UsageError(`the inputs ${[...from, path].join(' -> ')} refer to each other`);
  }
  const found = [...nodesOf(inputs)].find(([other]) => other === path);
  if (found === undefined) {
    throw new UsageError(
      `${from.at(-1) ?? 'a size'} refers to "${path}"; the inputs are ${Object.keys(inputs).join(', ')}`,
    );
  }
  const [, node] = found;
  if (node.kind === 'same-as') return tensorNodeAt(inputs, node.input, [...from, path]);
  if (node.kind !== 'tensor') {
    throw new UsageError(`${from.at(-1) ?? 'a size'} refers to "${path}", which is not a tensor`);
  }
  return node;
}

/** The key of the size of an axis: axes with the same key have the same size in every case. */
export function sizeKey(
  inputs: InputSpecs,
  dims: Dimensions,
  path: string,
  axis: number,
  from: readonly string[] = [],
): { readonly key: string; readonly size: DrawnSize } {
  const here = `${path}[${axis}]`;
  if (from.includes(here)) {
    throw new UsageError(`the sizes ${[...from, here].join(' -> ')} refer to each other`);
  }
  const own = [...nodesOf(inputs)].find(([other]) => other === path)?.[1];
  if (own?.kind === 'same-as') return sizeKey(inputs, dims, own.input, axis, [...from, here]);
  const size = tensorNodeAt(inputs, path).shape[axis];
  if (size === undefined) {
    throw new UsageError(`${from.at(-1) ?? path} refers to axis ${axis} of ${path}, which it does not have`);
  }
  if (typeof size === 'object' && 'sizeOf' in size) {
    return sizeKey(inputs, dims, size.sizeOf, size.axis, [...from, here]);
  }
  if (typeof size !== 'string') return { key: here, size: rangeOf(size, here) };
  const named = dims[size];
  if (named === undefined) {
    const known = Object.keys(dims).join(', ') || 'none';
    throw new UsageError(
      `${here} has the dimension "${size}"; the dimensions of the target (dims) are ${known}`,
    );
  }
  return { key: size, size: rangeOf(named, `dims.${size}`) };
}

function rangeOf(size: Exclude<Size, string | { sizeOf: string }>, place: string): DrawnSize {
  const [least, most] = typeof size === 'number' ? [size, size] : size;
  if (!Number.isInteger(least) || !Number.isInteger(most) || least < 0 || most < least) {
    throw new UsageError(
      `${place} is [${least}, ${most}]; expected two whole numbers from 0, the least first`,
    );
  }
  return { least, most };
}
