import * as tf from '@tensorflow/tfjs';
import { tensorOver } from '../../../src/api/engine.js';
import { bindAdamW } from '../../../src/api/training.js';
import { Inference } from '../../../src/encoder/inference.js';
import { compile, type Features } from '../../../src/index.js';
import { Parameters, type ParameterSpec } from '../../../src/modules/parameters.js';
import { uniform } from '../losses/data.js';
import { spladeLoss } from '../step/loss.js';
import { parameterSpecs, spladeModules } from '../step/model.js';
import type { StepCase } from '../step/spec.js';
import { initialValues } from '../step/weights.js';

/** A task that is repeated with other parameters each time. */
export interface Workload {
  round(index: number): Promise<void>;
  dispose(): Promise<void>;
}

const TOKENS = 32;
const TEXTS = 32;

function parametersOf(spec: StepCase, arrays: readonly Float32Array[]): Parameters {
  const named = parameterSpecs(spec).map(({ name, shape }, i): [string, tf.Variable] => {
    const initial = tensorOver(arrays[i] as Float32Array, shape);
    const variable = tf.variable(initial);
    initial.dispose();
    return [name, variable];
  });
  return new Parameters(new Map(named));
}

const weightsOf = (spec: StepCase): Float32Array[] =>
  parameterSpecs(spec).map((parameter: ParameterSpec, index) => initialValues(parameter, index, spec));

/** Encodes one batch with another limit of active dimensions, prompt and task each time. */
export function encodeWorkload(spec: StepCase): Workload {
  const parameters = parametersOf(spec, weightsOf(spec));
  const inference = new Inference(spladeModules(spec, parameters));
  const inputIds = Int32Array.from({ length: TEXTS * TOKENS }, (_, i) =>
    Math.floor(uniform(spec.seed, i) * spec.vocabulary),
  );
  const attentionMask = new Int32Array(TEXTS * TOKENS).fill(1);
  return {
    round: async (index) => {
      const facts = { maxActiveDims: index + 1, promptLength: index % 7, task: `task ${index % 5}` };
      await inference.embed({ texts: TEXTS, length: TOKENS, inputIds, attentionMask }, facts);
    },
    dispose: async () => {
      await inference.dispose();
      tf.dispose(parameters.entries().map(([, variable]) => variable));
    },
  };
}

/** Training steps whose batches are as long as their longest text, with a separate program for each length. */
export async function trainingWorkload(spec: StepCase): Promise<Workload> {
  const parameters = parametersOf(spec, weightsOf(spec));
  const optimizer = await bindAdamW(parameters.entries(), { learningRate: spec.learningRate });
  const { variables } = optimizer;
  const loss = spladeLoss(spec, parameters);
  const step = compile(
    (features: Features) => {
      const { value, grads } = tf.variableGrads(() => loss(features), variables);
      return { value, gradients: variables.map(({ name }) => grads[name] as tf.Tensor) };
    },
    { name: 'training step' },
  );
  return {
    round: async (index) => {
      // 13 lengths from 16 to 64, in an order without a pattern.
      const length = process.env['SAME'] ? 32 : 16 + 4 * Math.floor(13 * uniform(spec.seed + 1, index));
      const shape: [number, number] = [2 * spec.pairs, length];
      const ids = Int32Array.from({ length: 2 * spec.pairs * length }, (_, i) =>
        Math.floor(uniform(spec.seed + index, i) * spec.vocabulary),
      );
      const texts = { inputIds: tf.tensor2d(ids, shape, 'int32'), attentionMask: tf.ones(shape, 'int32') };
      const { value, gradients } = await step(texts);
      optimizer.step(gradients);
      tf.dispose([value, gradients, texts.inputIds, texts.attentionMask] as tf.TensorContainer[]);
    },
    dispose: async () => {
      await step.dispose();
      tf.dispose(variables);
    },
  };
}
