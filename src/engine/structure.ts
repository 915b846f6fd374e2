import type * as tf from '@tensorflow/tfjs';
import { isTensor } from '../is-tensor.js';

/** What a function takes or returns: tensors, alone or in arrays and records, beside values that are no tensors. */
export interface Structure {
  readonly tensors: readonly Leaf[];
  /** Everything but the tensors, as text: two structures of equal keys differ in their tensors only. */
  readonly key: string;
  /** The same structure with other tensors, in the same order. */
  readonly rebuild: (tensors: readonly tf.Tensor[]) => unknown;
}

export interface Leaf {
  readonly tensor: tf.Tensor;
  /** Where it is, as one would write it: `[0].inputIds`. */
  readonly path: string;
}

/** A name, or null for a fixed size, of each axis of each tensor. */
export type DimensionNames = readonly (readonly (string | null)[])[];

/** The structure of a container; in its key named dimensions stand for any size. */
export function structureOf(container: unknown, names: DimensionNames = []): Structure {
  const tensors: Leaf[] = [];
  const key = JSON.stringify(describe(container, '', tensors, names));
  return {
    tensors,
    key,
    rebuild: (replacements) => {
      let next = 0;
      return replace(container, () => {
        const replacement = replacements[next++];
        if (replacement === undefined) throw new RangeError('too few tensors for the structure');
        return replacement;
      });
    },
  };
}

function describe(item: unknown, path: string, tensors: Leaf[], names: DimensionNames): unknown {
  if (isTensor(item)) {
    const row = names[tensors.length];
    tensors.push({ tensor: item, path });
    return { tensor: item.dtype, shape: item.shape.map((size, axis) => row?.[axis] ?? size) };
  }
  if (Array.isArray(item))
    return item.map((element, index) => describe(element, `${path}[${index}]`, tensors, names));
  if (isRecord(item)) {
    return Object.entries(item).map(([name, field]) => [
      name,
      describe(field, `${path}.${name}`, tensors, names),
    ]);
  }
  return typeof item === 'number' || item === undefined ? String(item) : item;
}

function replace(item: unknown, next: () => tf.Tensor): unknown {
  if (isTensor(item)) return next();
  if (Array.isArray(item)) return item.map((element) => replace(element, next));
  if (isRecord(item)) {
    return Object.fromEntries(Object.entries(item).map(([name, field]) => [name, replace(field, next)]));
  }
  return item;
}

function isRecord(item: unknown): item is Record<string, unknown> {
  return typeof item === 'object' && item !== null && Object.getPrototypeOf(item) === Object.prototype;
}
