import { cpuUsage } from 'node:process';
import * as tf from '@tensorflow/tfjs';
import { bindAdamW } from '../../../src/api/training.js';
import { addAdapter } from '../../../src/encoder/adapters.js';
import { forwardThrough } from '../../../src/encoder/inference.js';
import { leavesOf } from '../../../src/encoder/module-tree.js';
import {
  type EmbeddingModel,
  setEngine,
  SparseMultipleNegativesRankingLoss,
  SpladeLoss,
} from '../../../src/index.js';
import { Parameters } from '../../../src/modules/parameters.js';
import { CompiledLoss } from '../../../src/training/loss-and-gradients.js';
import { peakMiB } from '../serve.js';
import { parameterSpecs, spladeModules } from '../step/model.js';
import { initialValues, tokenColumn } from '../step/weights.js';
import { LoraCase, type LoraPoint } from './spec.js';

async function measure(spec: LoraCase): Promise<Omit<LoraPoint, 'peakMiB'>> {
  await setEngine('onnx', { threads: spec.threads });
  const specs = parameterSpecs(spec);
  const named = specs.map((parameter, index): [string, tf.Variable] => {
    const values = initialValues(parameter, index, spec);
    return [parameter.name, tf.tidy(() => tf.variable(tf.tensor(values, [...parameter.shape])))];
  });
  const modules = spladeModules(spec, new Parameters(new Map(named), specs));
  if (spec.adapter !== null) addAdapter(modules, spec.adapter, spec.seed);
  const trained = leavesOf(modules)
    .flatMap(({ module }) => module.parameters.entries())
    .filter(([, variable]) => variable.trainable);
  const { learningRate, maxGradientNorm } = spec;
  const optimizer = await bindAdamW(trained, { learningRate, maxGradientNorm });
  const { variables } = optimizer;
  const model: EmbeddingModel = {
    forward: (features) => forwardThrough(modules, features, { mode: 'train' }),
    trainableVariables: () => variables,
  };
  const loss = new SpladeLoss(model, {
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: spec.documentRegularizerWeight,
    queryRegularizerWeight: spec.queryRegularizerWeight,
  });
  const compiled = new CompiledLoss(loss, variables);
  const shape: [number, number] = [spec.pairs, spec.length];
  const features = [0, 1].map((column) => ({
    inputIds: tf.tensor2d(tokenColumn(column, spec), shape, 'int32'),
    attentionMask: tf.ones(shape, 'int32'),
  }));
  let [ms, cpuMs] = [Infinity, Infinity];
  for (let round = 0; round <= spec.rounds; round++) {
    const [start, before] = [performance.now(), cpuUsage()];
    const { gradients } = await compiled.gradients({ features });
    optimizer.step(gradients);
    tf.dispose(gradients);
    if (round === 0) continue;
    const { user, system } = cpuUsage(before);
    ms = Math.min(ms, performance.now() - start);
    cpuMs = Math.min(cpuMs, (user + system) / 1000);
  }
  return { ms, cpuMs, trainable: variables.reduce((sum, { size }) => sum + size, 0) };
}

const result = await measure(LoraCase.parse(JSON.parse(process.argv[2] ?? '{}')));
process.stdout.write(`${JSON.stringify({ ...result, peakMiB: peakMiB() })}\n`);
