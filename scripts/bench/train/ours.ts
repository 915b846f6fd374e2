import * as tf from '@tensorflow/tfjs';
import {
  arrayDataset,
  setEngine,
  SparseEncoder,
  SparseEncoderTrainer,
  SparseMultipleNegativesRankingLoss,
  SpladeLoss,
} from '../../../src/index.js';
import { peakMiB, type Prepared, serve } from '../serve.js';
import { TrainCase } from './spec.js';

const FOREVER = 1_000_000;

/** A run of the trainer that goes on by some steps at a time. */
async function prepareTraining(spec: TrainCase, threads: number): Promise<Pick<Prepared, 'round'>> {
  await setEngine('onnx', { threads });
  const model = await SparseEncoder.load(spec.model);
  const loss = new SpladeLoss(model, {
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: spec.regularizerWeight,
    queryRegularizerWeight: spec.regularizerWeight,
  });
  let value = Number.NaN;
  let go: () => void = () => undefined;
  let done: () => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  const trainer = new SparseEncoderTrainer({
    model,
    loss,
    trainDataset: arrayDataset(spec.pairs),
    args: {
      outputDir: null,
      maxSteps: FOREVER,
      perDeviceTrainBatchSize: spec.batchSize,
      seed: spec.seed,
      learningRate: spec.learningRate,
      lrSchedulerType: 'constant',
    },
    callbacks: [
      {
        async onStepEnd({ state, step }) {
          if (state.globalStep === spec.valueStep) value = step?.loss ?? Number.NaN;
          if (state.globalStep % spec.steps !== 0) return;
          const next = new Promise<void>((resolve) => (go = resolve));
          done();
          await next;
        },
      },
    ],
  });
  let isBegun = false;
  const round = async (): Promise<{ ms: number; value: number }> => {
    const start = performance.now();
    const finished = new Promise<void>((resolve, reject) => ([done, failed] = [resolve, reject]));
    if (isBegun) go();
    else trainer.train().catch((error: unknown) => failed(error));
    isBegun = true;
    await finished;
    return { ms: performance.now() - start, value };
  };
  return { round };
}

await serve(TrainCase, async (row, threads) => {
  const startMiB = peakMiB();
  const { round } = await prepareTraining(row, threads);
  return { engine: `tfjs ${tf.version.tfjs} onnx engine`, threads, startMiB, round };
});
