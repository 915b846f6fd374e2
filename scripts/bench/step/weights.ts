import { uniform } from '../losses/data.js';
import type { StepCase } from './spec.js';

export interface WeightSpec {
  /** As in BertForMaskedLM's checkpoints. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** Every parameter, in the order of its name; the decoder's weight is that of the word embeddings. */
export function weightSpecs(spec: StepCase): WeightSpec[] {
  const { hidden, intermediate, vocabulary, positions } = spec;
  const dense = (name: string, from: number, to: number): [string, number[]][] => [
    [`${name}.weight`, [to, from]],
    [`${name}.bias`, [to]],
  ];
  const norm = (name: string): [string, number[]][] => [
    [`${name}.weight`, [hidden]],
    [`${name}.bias`, [hidden]],
  ];
  const layer = (index: number): [string, number[]][] => {
    const prefix = `bert.encoder.layer.${index}`;
    const attention = ['query', 'key', 'value'].map((part) => `${prefix}.attention.self.${part}`);
    return [
      ...attention.flatMap((name) => dense(name, hidden, hidden)),
      ...dense(`${prefix}.attention.output.dense`, hidden, hidden),
      ...norm(`${prefix}.attention.output.LayerNorm`),
      ...dense(`${prefix}.intermediate.dense`, hidden, intermediate),
      ...dense(`${prefix}.output.dense`, intermediate, hidden),
      ...norm(`${prefix}.output.LayerNorm`),
    ];
  };
  const weights: [string, number[]][] = [
    ['bert.embeddings.word_embeddings.weight', [vocabulary, hidden]],
    ['bert.embeddings.position_embeddings.weight', [positions, hidden]],
    ['bert.embeddings.token_type_embeddings.weight', [2, hidden]],
    ...norm('bert.embeddings.LayerNorm'),
    ...Array.from({ length: spec.layers }, (_, index) => layer(index)).flat(),
    ['cls.predictions.bias', [vocabulary]],
    ...dense('cls.predictions.transform.dense', hidden, hidden),
    ...norm('cls.predictions.transform.LayerNorm'),
  ];
  // Code units, as Python's sorted() compares these names.
  return weights.map(([name, shape]) => ({ name, shape })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Streams of one case: one for each parameter by its index, then those of the columns. */
const STREAMS = 1024;
const FIRST_COLUMN_STREAM = 1000;

/** As `initial_values` in reference.py. */
export function initialValues({ name, shape }: WeightSpec, index: number, spec: StepCase): Float32Array {
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
