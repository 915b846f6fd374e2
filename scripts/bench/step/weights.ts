import type { ParameterSpec } from '../../../src/modules/parameters.js';
import { uniform } from '../losses/data.js';
import type { StepCase } from './spec.js';

/** Streams of one case: one for each parameter by its index, then those of the columns. */
const STREAMS = 1024;
const FIRST_COLUMN_STREAM = 1000;

/** As `initial_values` in reference.py. */
export function initialValues({ name, shape }: ParameterSpec, index: number, spec: StepCase): Float32Array {
  const stream = spec.seed * STREAMS + index;
  const valueOf = rule(name, spec);
  const values = new Float32Array(shape.reduce((size, dim) => size * dim, 1));
  for (let i = 0; i < values.length; i++) values[i] = valueOf(2 * uniform(stream, i) - 1);
  return values;
}

/** From a draw between -1 and 1 to a weight. */
function rule(name: string, spec: StepCase): (draw: number) => number {
  if (name.endsWith('LayerNorm.weight')) return (draw) => 1 + 0.1 * draw;
  if (name === 'cls.predictions.bias') return (draw) => spec.decoderBias + 0.01 * draw;
  if (name.endsWith('bias')) return (draw) => 0.02 * draw;
  return (draw) => spec.weightScale * draw;
}

/** Token ids of one column, [pairs, length]; as `token_column` in reference.py. */
export function tokenColumn(column: number, { seed, pairs, length, vocabulary }: StepCase): Int32Array {
  const stream = seed * STREAMS + FIRST_COLUMN_STREAM + column;
  return Int32Array.from({ length: pairs * length }, (_, i) => Math.floor(uniform(stream, i) * vocabulary));
}
