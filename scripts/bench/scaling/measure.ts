import * as tf from '@tensorflow/tfjs';
import { bindAdamW } from '../../../src/api/training.js';
import {
  CachedSpladeLoss,
  type EmbeddingModel,
  setEngine,
  SparseMultipleNegativesRankingLoss,
  SpladeLoss,
} from '../../../src/index.js';
import { Parameters } from '../../../src/modules/parameters.js';
import { CompiledLoss } from '../../../src/training/loss-and-gradients.js';
import { peakMiB } from '../serve.js';
import { parameterSpecs, spladeModel } from '../step/model.js';
import { initialValues, tokenColumn } from '../step/weights.js';
import { ScalingCase } from './spec.js';

/** The shortest of the measured steps, after one that compiles. */
async function measure(spec: ScalingCase): Promise<number> {
  await setEngine('onnx', { threads: spec.threads });
  const named = parameterSpecs(spec).map((parameter, index): [string, tf.Variable] => {
    const values = initialValues(parameter, index, spec);
    return [parameter.name, tf.tidy(() => tf.variable(tf.tensor(values, [...parameter.shape])))];
  });
  const { learningRate, maxGradientNorm } = spec;
  const optimizer = await bindAdamW(named, { learningRate, maxGradientNorm });
  const { variables } = optimizer;
  const model: EmbeddingModel = {
    forward: spladeModel(spec, new Parameters(new Map(named))),
    trainableVariables: () => variables,
  };
  const options = {
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: spec.documentRegularizerWeight,
    queryRegularizerWeight: spec.queryRegularizerWeight,
  };
  const loss = spec.isCached
    ? new CachedSpladeLoss(model, { ...options, miniBatchSize: spec.miniBatch })
    : new SpladeLoss(model, options);
  const compiled = new CompiledLoss(loss, variables);
  const shape: [number, number] = [spec.pairs, spec.length];
  const features = [0, 1].map((column) => ({
    inputIds: tf.tensor2d(tokenColumn(column, spec), shape, 'int32'),
    attentionMask: tf.ones(shape, 'int32'),
  }));
  let shortest = Infinity;
  for (let round = 0; round <= spec.rounds; round++) {
    const start = performance.now();
    const { gradients } = await compiled.gradients({ features });
    optimizer.step(gradients);
    tf.dispose(gradients);
    if (round > 0) shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
}

const ms = await measure(ScalingCase.parse(JSON.parse(process.argv[2] ?? '{}')));
process.stdout.write(`${JSON.stringify({ ms, peakMiB: peakMiB() })}\n`);
