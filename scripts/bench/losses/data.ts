import type { LabelKind, LossCase } from './cases.js';

/**
 * A well mixed 32-bit hash of a counter, which gives any number of the stream directly. It equals `uniforms` in
 * reference.py.
 */
export function uniform(seed: number, counter: number): number {
  let bits = (Math.imul(counter + 1, 0x9e3779b9) + Math.imul(seed, 0x85ebca6b)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b) >>> 0;
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * [batch, dimensions] with `active` draws per row. Low term numbers are drawn more often (density ~ 1 / sqrt(term)),
 * like frequent terms. Weights are log1p of a uniform draw, as in a SPLADE head.
 */
export function spladeLikeColumn(
  active: number,
  column: number,
  { batch, dimensions, seed }: Pick<LossCase, 'batch' | 'dimensions' | 'seed'>,
): Float32Array {
  const values = new Float32Array(batch * dimensions);
  const columnSeed = seed * 16 + column;
  for (let draw = 0; draw < batch * active; draw++) {
    const position = uniform(columnSeed, 2 * draw);
    const term = Math.floor(dimensions * position * position);
    const row = Math.floor(draw / active);
    values[row * dimensions + term] = Math.log1p(3 * uniform(columnSeed, 2 * draw + 1));
  }
  return values;
}

const LABEL_STREAM = 15;

export function teacherLabels(
  kind: LabelKind,
  { batch, columns, seed }: Pick<LossCase, 'batch' | 'columns' | 'seed'>,
): { values: Float32Array; shape: [number] | [number, number] } | undefined {
  if (kind === 'none') return undefined;
  const documents = columns.length - 1;
  const shape: [number] | [number, number] = kind === 'scores' ? [batch, documents] : [batch];
  const count = kind === 'scores' ? batch * documents : batch;
  const scale = kind === 'similarity' ? 1 : 20;
  const values = Float32Array.from({ length: count }, (_, i) => scale * uniform(seed * 16 + LABEL_STREAM, i));
  return { values, shape };
}
