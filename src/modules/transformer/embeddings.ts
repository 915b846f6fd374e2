import { tf } from '../../tf.js';
import { lookUp } from '../layers/look-up.js';
import type { TokenRows } from '../layers/token-rows.js';
import type { Parameters, ParameterSpec } from '../parameters.js';
import type { Batch } from './encoder.js';
import { applyLinear, applyNorm, linearSpecs, matrixSpec, normSpecs } from './specs.js';

const PREFIX = 'embeddings';
export const WORD_EMBEDDINGS = `${PREFIX}.word_embeddings.weight`;
const POSITIONS = `${PREFIX}.position_embeddings`;
const TYPES = `${PREFIX}.token_type_embeddings`;
const NORM = `${PREFIX}.LayerNorm`;

export interface EmbeddingsConfig {
  readonly vocabularySize: number;
  /** Width of the tables. */
  readonly width: number;
  /** Rows of the table of positions; 0 if there is no table. */
  readonly positions: number;
  /** Rows of the table of token types; 0 if there is no table. */
  readonly types: number;
  /** The token whose embedding gets no gradient from lookups. */
  readonly padding: number | undefined;
  /**
   * `place`: positions count from 0. `tokens`: tokens other than `padding` are counted from padding + 1; padding has
   * the position `padding`, whose embedding is not trained.
   */
  readonly count: 'place' | { readonly tokensBut: number };
  /** Whether the reference lists the table of positions after the norm. */
  readonly positionsLast?: boolean;
  /**
   * A linear layer from the width of the tables to the width of the hidden states, before the norm or after the
   * dropout.
   */
  readonly projection?: Projection | undefined;
  readonly epsilon: number;
  readonly dropout: number;
  readonly deviation: number;
}

interface Projection {
  readonly name: string;
  readonly width: number;
  readonly at: 'before the norm' | 'after the dropout';
  readonly bias: boolean;
}

export function embeddingSpecs(config: EmbeddingsConfig): ParameterSpec[] {
  const { vocabularySize, width, types, projection, deviation, positionsLast = false } = config;
  const positions = config.positions > 0 ? [matrixSpec(POSITIONS, config.positions, width, deviation)] : [];
  const projecting = (at: Projection['at']): ParameterSpec[] =>
    projection?.at === at
      ? linearSpecs(projection.name, projection.width, width, deviation, projection.bias)
      : [];
  return [
    matrixSpec(WORD_EMBEDDINGS.replace('.weight', ''), vocabularySize, width, deviation),
    ...(positionsLast ? [] : positions),
    ...(types > 0 ? [matrixSpec(TYPES, types, width, deviation)] : []),
    ...projecting('before the norm'),
    ...normSpecs(NORM, projection?.at === 'before the norm' ? projection.width : width),
    ...(positionsLast ? positions : []),
    ...projecting('after the dropout'),
  ];
}

/** The most tokens that have positions. */
export function mostTokens({ positions, count }: EmbeddingsConfig): number {
  return count === 'place' ? positions : positions - count.tokensBut - 1;
}

/** norm(word + type + position), perhaps projected: [rows, width] */
export function embed(config: EmbeddingsConfig, parameters: Parameters, batch: Batch): tf.Tensor2D {
  const { projection } = config;
  const project = (x: tf.Tensor2D, at: Projection['at']): tf.Tensor2D =>
    projection?.at === at ? applyLinear(parameters, projection.name, x) : x;
  const sum = project(summed(config, parameters, batch), 'before the norm');
  const normal = applyNorm(parameters, NORM, config.epsilon, sum);
  return project(batch.drop(normal, config.dropout), 'after the dropout');
}

/** word + type + position: [rows, width] */
function summed(config: EmbeddingsConfig, parameters: Parameters, batch: Batch): tf.Tensor2D {
  const { inputIds, tokenTypeIds, rows } = batch;
  const { positions, types, padding, count } = config;
  const words = lookUp(parameters.get(WORD_EMBEDDINGS), rows.packIds(inputIds), padding);
  const typed = types === 0 ? words : words.add<tf.Tensor2D>(typesOf(parameters, tokenTypeIds, rows));
  if (positions === 0) return typed;
  const table = parameters.get(`${POSITIONS}.weight`);
  if (count === 'place') {
    return rows.addAtPlaces(typed, tf.slice(table, [0, 0], [rows.length, -1]) as tf.Tensor2D);
  }
  const counted = countedPositions(inputIds, count.tokensBut);
  return typed.add(lookUp(table, rows.packIds(counted), count.tokensBut));
}

function typesOf(parameters: Parameters, ids: tf.Tensor2D | undefined, rows: TokenRows): tf.Tensor {
  const table = parameters.get(`${TYPES}.weight`);
  return ids === undefined ? tf.slice(table, [0, 0], [1, -1]) : lookUp(table, rows.packIds(ids));
}

/** padding + 1, padding + 2, ... for the tokens that are not padding; `padding` for the others. */
function countedPositions(inputIds: tf.Tensor2D, padding: number): tf.Tensor2D {
  const isToken = inputIds.notEqual(tf.scalar(padding, 'int32')).toInt();
  return isToken.cumsum(1).mul(isToken).add(tf.scalar(padding, 'int32'));
}
