import * as tf from '@tensorflow/tfjs';
import { compile } from '../engine/compile/compile.js';
import type { DimensionNames } from '../engine/compile/structure.js';
import { exampleEmbeddings, LOSS_EXAMPLES, type LossExample } from './every-loss.js';
import { encode, tokens, transformerWeights, type Weights } from './tiny-transformer.js';

/** A function with its arguments and with names for their dimensions. */
export interface EngineProgram {
  readonly name: string;
  readonly fn: (...inputs: tf.Tensor[]) => tf.Tensor[];
  readonly inputs: () => tf.Tensor[];
  readonly dimensions: DimensionNames;
}

/** The number of mini-batches depends on the rows of the batch, so no single program serves every batch. */
const OF_A_FIXED_BATCH = ['CachedSpladeLoss'];

/** A loss of embeddings and labels, with its gradients with respect to the embeddings. */
function lossProgram(example: LossExample): EngineProgram {
  const { name, columns, compute, labels } = example;
  const ranks = Array.from({ length: columns }, () => 2);
  const rankOfLabels = labels ? [tf.tidy(() => labels().rank)] : [];
  return {
    name,
    fn: (...inputs) => {
      const embeddings = inputs.slice(0, columns);
      const { value, grads } = tf.valueAndGrads((...given: tf.Tensor[]) => {
        const loss = compute(given as tf.Tensor2D[], inputs[columns]);
        return loss instanceof tf.Tensor ? loss : tf.addN(Object.values(loss));
      })(embeddings);
      return [value, ...grads];
    },
    inputs: () => [...exampleEmbeddings(example), ...(labels ? [labels()] : [])],
    dimensions: OF_A_FIXED_BATCH.includes(name)
      ? []
      : [...ranks, ...rankOfLabels].map((rank) => ['batch', ...Array.from({ length: rank - 1 }, () => null)]),
  };
}

function transformerProgram(): EngineProgram {
  const weights = transformerWeights(3);
  const names = Object.keys(weights);
  return {
    name: 'transformer',
    fn: (...inputs) => {
      const [ids, mask] = inputs as [tf.Tensor2D, tf.Tensor2D];
      const loss = (...given: tf.Tensor[]): tf.Scalar => {
        const own: Weights = Object.fromEntries(names.map((name, at) => [name, given[at] as tf.Tensor]));
        return tf.mean(tf.square(encode(own, ids, mask)));
      };
      const { value, grads } = tf.valueAndGrads(loss)(Object.values(weights));
      return [encode(weights, ids, mask), value, ...grads];
    },
    inputs: () => tokens(2, 5),
    dimensions: [
      ['batch', 'length'],
      ['batch', 'length'],
    ],
  };
}

/** Every loss and a transformer, each with its gradients. They are recorded on the engine in use. */
export function enginePrograms(): EngineProgram[] {
  return [...LOSS_EXAMPLES.map(lossProgram), transformerProgram()];
}

/** The results of a program, and its ONNX model. */
export async function recorded(
  { name, fn, inputs }: EngineProgram,
  dimensions?: DimensionNames,
): Promise<{ values: number[][]; model: Uint8Array }> {
  const compiled = compile(fn, { name, ...(dimensions && { dimensions }) });
  const given = inputs();
  const results = await compiled(...given);
  const values = await Promise.all(results.map(async (result) => Array.from(await result.data())));
  const model = compiled.model();
  tf.dispose([...results, ...given]);
  await compiled.dispose();
  return { values, model };
}
