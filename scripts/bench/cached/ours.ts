import * as tf from '@tensorflow/tfjs';
import { elementsOf } from '../../../src/api/engine.js';
import {
  CachedSpladeLoss,
  compile,
  type CompiledFunction,
  type EmbeddingModel,
  type Features,
  setEngine,
  SparseMultipleNegativesRankingLoss,
  totalLoss,
} from '../../../src/index.js';
import { Parameters } from '../../../src/modules/parameters.js';
import { peakMiB, type Round, serve, timed } from '../serve.js';
import { parameterSpecs, spladeModel } from '../step/model.js';
import { initialValues, tokenColumn } from '../step/weights.js';
import { CachedCase } from './spec.js';

type Gradients = CompiledFunction<[Features[]], { value: tf.Tensor; gradients: tf.Tensor[] }>;

function prepareGradients(spec: CachedCase): { columns: Features[]; compiled: () => Gradients } {
  const specs = parameterSpecs(spec);
  const variables = specs.map((parameter, index) =>
    tf.variable(tf.tensor(initialValues(parameter, index, spec), [...parameter.shape])),
  );
  const named = specs.map(({ name }, i): [string, tf.Variable] => [name, variables[i] as tf.Variable]);
  const model: EmbeddingModel = {
    forward: spladeModel(spec, new Parameters(new Map(named))),
    trainableVariables: () => variables,
  };
  const loss = new CachedSpladeLoss(model, {
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: spec.documentRegularizerWeight,
    queryRegularizerWeight: spec.queryRegularizerWeight,
    miniBatchSize: spec.miniBatch,
  });
  const shape: [number, number] = [spec.pairs, spec.length];
  const columns = [0, 1].map((column) => ({
    inputIds: tf.tensor2d(tokenColumn(column, spec), shape, 'int32'),
    attentionMask: tf.ones(shape, 'int32'),
  }));
  const compiled = (): Gradients =>
    compile(
      (features: Features[]) => {
        const { value, grads } = tf.variableGrads(() => totalLoss(loss.forward(features)), variables);
        return { value, gradients: variables.map(({ name }) => grads[name] as tf.Tensor) };
      },
      { name: 'CachedSpladeLoss' },
    );
  return { columns, compiled };
}

await serve(CachedCase, async (row, threads) => {
  const startMiB = peakMiB();
  await setEngine('onnx', { threads });
  const { columns, compiled } = prepareGradients(row);
  const call = async (gradients: Gradients): Promise<number> => {
    const results = await gradients(columns);
    const [value = Number.NaN] = elementsOf(results.value);
    tf.dispose([results.value, results.gradients]);
    return value;
  };
  const known = compiled();
  await call(known);
  const round = async (): Promise<Round> => {
    if (!row.first) return await timed(() => call(known));
    const fresh = compiled();
    const result = await timed(() => call(fresh));
    await fresh.dispose();
    return result;
  };
  return { engine: `tfjs ${tf.version.tfjs} onnx engine`, threads, startMiB, round };
});
