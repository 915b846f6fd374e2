import { join } from 'node:path';
import type { TrainableLoss, TrainerCallback } from '../../src/api/trainer.js';
import {
  arrayDataset,
  SparseEncoder,
  SparseEncoderTrainer,
  SparseMultipleNegativesRankingLoss,
} from '../../src/index.js';
import { tf } from '../../src/tf.js';
import { fixturesFolder } from '../fixtures.js';
import { rowsOf } from './data.js';

/** The dropout rate of the probe. */
export const RATE = 0.25;
export const UNITS = 128;
export const DROPOUT_STEPS = 12;
/** All rows are in one batch, so that only dropout differs from step to step. */
const ROWS = 4;
export const DROPOUT_MODEL = 'splade-bert';

/** How a wrong trainer handles dropout differently. */
export interface DropoutVariation {
  readonly callbacks?: readonly TrainerCallback[];
  /** What dropout makes of a vector of ones. */
  readonly draw?: (model: SparseEncoder, ones: tf.Tensor1D) => tf.Tensor1D;
}

const right = (model: SparseEncoder, ones: tf.Tensor1D): tf.Tensor1D => model.dropout.apply(ones, RATE);

/** What dropout makes of UNITS ones in each step of a training run. */
export async function probed(seed: number, variation: DropoutVariation = {}): Promise<number[][]> {
  const { draw = right } = variation;
  const steps = await trained(seed, variation, (model) => ({
    forward() {
      const units = draw(model, tf.ones([UNITS])).split(UNITS);
      // The trainer requires a loss with a gradient.
      const nothing = (model.trainableVariables()[0] as tf.Variable).sum().mul(0);
      return Object.fromEntries(
        units.map((unit, index) => [`unit_${index}`, unit.asScalar().add<tf.Scalar>(nothing)]),
      );
    },
  }));
  return steps.map((components) => Object.values(components));
}

/** The loss of one batch in each step of a training run that changes no parameter, with the model's dropout. */
export async function modelLosses(variation: DropoutVariation = {}): Promise<number[]> {
  const steps = await trained(1, variation, (model) => {
    const loss = new SparseMultipleNegativesRankingLoss(model);
    // There are no regularizers, because their weights would change from step to step.
    return {
      forward: (features) =>
        loss.computeLossFromEmbeddings(
          features.map((column) => model.forward(column).sentenceEmbedding as tf.Tensor2D),
        ),
    };
  });
  return steps.map((components) => Object.values(components).reduce((sum, each) => sum + each, 0));
}

/** The components of the loss in each step. */
async function trained(
  seed: number,
  { callbacks = [] }: DropoutVariation,
  loss: (model: SparseEncoder) => TrainableLoss,
): Promise<Readonly<Record<string, number>>[]> {
  const model = await SparseEncoder.load(join(fixturesFolder(), 'models', DROPOUT_MODEL));
  const steps: Readonly<Record<string, number>>[] = [];
  try {
    const trainer = new SparseEncoderTrainer({
      model,
      args: {
        maxSteps: DROPOUT_STEPS,
        perDeviceTrainBatchSize: ROWS,
        learningRate: 0,
        seed,
        dataSeed: 1,
        saveStrategy: 'no',
        loggingStrategy: 'no',
      },
      trainDataset: arrayDataset(rowsOf({ file: 'pair.jsonl', texts: ['anchor', 'positive'], rows: ROWS })),
      loss,
      callbacks: [...callbacks, { onStepEnd: ({ step }) => void steps.push(step?.components ?? {}) }],
    });
    await trainer.train();
    return steps;
  } finally {
    await model.dispose();
  }
}
