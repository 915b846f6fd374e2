import { sameShape, type Value } from '../graph.js';
import { add } from './elementwise.js';
import { emit } from './emit.js';

/**
 * a + b. Rows that were added to zeros are added to the other tensor instead: with a vocabulary of 30,522 terms, filling
 * 47 MB with zeros and adding them takes longer than adding the rows, and each use of an embedding has such a gradient.
 */
export function sum(a: Value, b: Value): Value {
  return addedTo(a, b) ?? addedTo(b, a) ?? add(a, b);
}

const SCATTERS = ['ScatterElements', 'ScatterND'];

/** The rows of `scattered` added to `base`, if `scattered` is nothing but rows. */
function addedTo(base: Value, { source, shape, type }: Value): Value | undefined {
  if (source.kind !== 'node' || !SCATTERS.includes(source.op)) return undefined;
  const [zeros, ...rows] = source.inputs;
  const { attributes } = source;
  const { reduction } = attributes;
  const isSum = reduction !== undefined && 'string' in reduction && reduction.string === 'add';
  if (!isSum || zeros?.fill !== 0 || type !== base.type || !sameShape(shape, base.shape)) return undefined;
  return emit(source.op, [base, ...rows], { type, shape }, { attributes });
}
