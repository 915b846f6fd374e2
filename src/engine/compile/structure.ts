import type * as tf from '@tensorflow/tfjs';
import { isTensor } from '../../is-tensor.js';

/** What a function takes or returns: tensors, alone or in arrays and records, beside values that are not tensors. */
export interface Structure {
  readonly tensors: readonly Leaf[];
  /** Items that are neither tensors nor plain data: functions, class instances. The key does not distinguish them. */
  readonly opaque: readonly { readonly item: unknown; readonly path: string }[];
  /** Everything but the tensors, as text: two structures with equal keys differ only in their tensors. */
  readonly key: string;
  /** The same structure with other tensors, in the same order. */
  readonly rebuild: (tensors: readonly tf.Tensor[]) => unknown;
}

export interface Leaf {
  readonly tensor: tf.Tensor;
  /** Its path in the notation of JavaScript: `[0].inputIds`. */
  readonly path: string;
}

/** A name, or null for a fixed size, of each axis of each tensor. */
export type DimensionNames = readonly (readonly (string | null)[])[];

/** The structure of a container. In its key, a named dimension stands for any size. */
export function structureOf(container: unknown, names: DimensionNames = []): Structure {
  const tensors: Leaf[] = [];
  const opaque: { item: unknown; path: string }[] = [];
  const key = keyOf(container, '');
  return {
    tensors,
    opaque,
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

  function keyOf(item: unknown, path: string): string {
    if (isTensor(item)) {
      const row = names[tensors.length];
      tensors.push({ tensor: item, path });
      return `${item.dtype}${JSON.stringify(item.shape.map((size, axis) => row?.[axis] ?? size))}`;
    }
    if (Array.isArray(item)) {
      return `[${item.map((element, index) => keyOf(element, `${path}[${index}]`)).join()}]`;
    }
    if (isRecord(item)) {
      const fields = Object.entries(item).map(
        ([name, field]) => `${JSON.stringify(name)}:${keyOf(field, path + access(name))}`,
      );
      return `{${fields.join()}}`;
    }
    if (typeof item === 'string') return JSON.stringify(item);
    if (typeof item === 'bigint') return `${item}n`;
    if (Object.is(item, -0)) return '-0';
    if (
      typeof item === 'function' ||
      typeof item === 'symbol' ||
      (typeof item === 'object' && item !== null)
    ) {
      opaque.push({ item, path });
      return 'opaque';
    }
    return String(item);
  }
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
  if (typeof item !== 'object' || item === null) return false;
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === Object.prototype || prototype === null;
}

function access(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
