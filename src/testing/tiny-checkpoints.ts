import * as tf from '@tensorflow/tfjs';
import type { Features } from '../features.js';
import { Parameters, type ParameterSpec } from '../modules/parameters.js';
import { seededRandom } from '../random.js';
import type { TinyCase } from './tiny-cases.js';

/** The numbers of a checkpoint: norms near 1, the others between -0.25 and 0.25. */
export function tinyNumbers(specs: readonly ParameterSpec[], seed = 1): Float32Array[] {
  const random = seededRandom(seed);
  return specs.map(({ shape, initial }) =>
    Float32Array.from({ length: sizeOf(shape) }, () => {
      const number = random.below(2 ** 16) / 2 ** 17 - 0.25;
      return initial.kind === 'ones' ? 1 + number : number;
    }),
  );
}

/** The numbers as variables on the current engine. */
export function tinyParameters(specs: readonly ParameterSpec[], numbers = tinyNumbers(specs)): Parameters {
  return new Parameters(
    new Map(
      specs.map(({ name, shape }, index) => [
        name,
        tf.tidy(() => tf.variable(tf.tensor(numbers[index] ?? [], [...shape]))),
      ]),
    ),
  );
}

export interface Tokens {
  readonly inputIds: number[][];
  readonly attentionMask: number[][];
  readonly tokenTypeIds?: number[][];
}

/** A text of full length, one padded at its end, one padded at its start, and one with the padding token inside. */
export function tinyTokens({ config, length, tokenTypes }: TinyCase, seed = 2): Tokens {
  const random = seededRandom(seed);
  const padding = Number(
    config['pad_token_id'] ?? (/roberta|camembert|mpnet|gte/.test(String(config['model_type'])) ? 1 : 0),
  );
  const short = Math.ceil(length / 3);
  const attentionMask = [0, 1, 2, 3].map((text) =>
    Array.from({ length }, (_, at) =>
      Number(text === 1 ? at < length - short : text === 2 ? at >= short : true),
    ),
  );
  const inputIds = attentionMask.map((mask, text) =>
    mask.map((isToken, at) => {
      const token = 6 + random.below(97 - 6);
      return isToken === 0 || (text === 3 && at === 4) ? padding : token;
    }),
  );
  const types = attentionMask.map((mask) => mask.map((_, at) => Number(at >= length / 2)));
  return { inputIds, attentionMask, ...(tokenTypes === true && { tokenTypeIds: types }) };
}

export function featuresOf({ inputIds, attentionMask, tokenTypeIds }: Tokens): Features {
  const tensor = (rows: number[][]): tf.Tensor => tf.tensor2d(rows, undefined, 'int32');
  return {
    inputIds: tensor(inputIds),
    attentionMask: tensor(attentionMask),
    ...(tokenTypeIds && { tokenTypeIds: tensor(tokenTypeIds) }),
  };
}

/** The hidden states of a task, or its logits. */
export function outputOf({
  tokenEmbeddings,
  predictionStates,
  decoderWeight,
  decoderBias,
}: Features): tf.Tensor {
  if (tokenEmbeddings !== undefined) return tokenEmbeddings;
  const [texts = 0, length = 0, width = 0] = predictionStates?.shape ?? [];
  const rows = (predictionStates as tf.Tensor).reshape([texts * length, width]);
  const logits = tf.matMul(rows, decoderWeight as tf.Tensor2D, false, true);
  return logits.add(decoderBias as tf.Tensor).reshape([texts, length, -1]);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dim) => size * dim, 1);
