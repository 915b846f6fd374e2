import * as tf from '@tensorflow/tfjs';
import { bindAdamW } from '../../../src/api/training.js';
import { type Features, setEngine } from '../../../src/index.js';
import { Parameters } from '../../../src/modules/parameters.js';
import { CompiledLoss } from '../../../src/training/loss-and-gradients.js';
import { peakMiB, type Round, serve, timed } from '../serve.js';
import { spladeLoss } from './loss.js';
import { parameterSpecs } from './model.js';
import { StepCase } from './spec.js';
import { initialValues, tokenColumn } from './weights.js';

/** Forward, backward, clipping of the gradient and AdamW; returns the loss before the update. */
type Step = () => Promise<number>;

async function prepareStep(spec: StepCase, threads: number): Promise<Step> {
  await setEngine('onnx', { threads });
  const specs = parameterSpecs(spec);
  const { learningRate, weightDecay, maxGradientNorm } = spec;
  const named = specs.map((parameter, index): [string, tf.Variable] => {
    const values = initialValues(parameter, index, spec);
    return [parameter.name, tf.tidy(() => tf.variable(tf.tensor(values, [...parameter.shape])))];
  });
  // All parameters decay, as in the reference's step.
  const options = { learningRate, weightDecay, maxGradientNorm, settingsFor: () => ({}) };
  const optimizer = await bindAdamW(named, options);
  const { variables } = optimizer;
  const shape: [number, number] = [2 * spec.pairs, spec.length];
  const ids = [0, 1].flatMap((column) => [...tokenColumn(column, spec)]);
  const texts = { inputIds: tf.tensor2d(ids, shape, 'int32'), attentionMask: tf.ones(shape, 'int32') };

  const lossOf = spladeLoss(spec, new Parameters(new Map(named)));
  const loss = { forward: ([features = {}]: readonly Features[]) => lossOf(features) };
  // Queries and documents are halves of one batch, so its size is even.
  const compiled = new CompiledLoss(loss, variables, { fixedBatch: true });
  return async () => {
    const { loss: value, gradients } = await compiled.gradients({ features: [texts] });
    optimizer.step(gradients);
    tf.dispose(gradients);
    return value;
  };
}

await serve(StepCase, async (row, threads) => {
  const startMiB = peakMiB();
  const step = await prepareStep(row, threads);
  let value = Number.NaN;
  for (let i = 0; i < row.valueStep; i++) value = await step();
  // Every round reports the same step, however many rounds there are.
  const round = async (): Promise<Round> => ({ ...(await timed(step)), value });
  return { engine: `tfjs ${tf.version.tfjs} onnx engine`, threads, startMiB, round };
});
