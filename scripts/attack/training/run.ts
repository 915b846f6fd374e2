import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { loadTokenizer, sparseStaticEmbedding } from '../../../src/api/modules.js';
import { EarlyStoppingCallback } from '../../../src/api/trainer.js';
import {
  arrayDataset,
  setEngine,
  SparseEncoder,
  SparseEncoderTrainer,
  SparseMultipleNegativesRankingLoss,
  SpladeLoss,
} from '../../../src/index.js';
import { packageRoot } from '../../../src/package-root.js';

/** The steps of the run. Each step is evaluated and saved. */
export const STEPS = 5;
/** The number of checkpoints that it keeps. */
export const KEPT = 3;

const WORDS = ['cloud', 'sword', 'handle', 'particles', 'of', 'a', 'the', 'rain', 'light', 'stone'];
const textOf = (seed: number): string =>
  Array.from({ length: 2 + (seed % 5) }, (_, at) => WORDS[(seed * 7 + at * 3) % WORDS.length]).join(' ');
/** Two and a half batches of rows, so that epochs end within the run. */
const ROWS = Array.from({ length: 10 }, (_, row) => ({ anchor: textOf(row), positive: textOf(row + 50) }));

/** A loss with dropout and its own parameter. */
class ScaledLoss extends SpladeLoss {
  readonly #scale = tf.variable(tf.scalar(1), true);

  constructor(model: SparseEncoder) {
    const ranking = new SparseMultipleNegativesRankingLoss(model);
    super(model, {
      loss: {
        computeLossFromEmbeddings: (columns) =>
          ranking.computeLossFromEmbeddings(
            columns.map((each) => {
              const scaled = each.mul(this.#scale) as tf.Tensor2D;
              return model.mode === 'train' ? model.dropout.apply(scaled, 0.2) : scaled;
            }),
          ),
      },
      documentRegularizerWeight: 0.003,
      queryRegularizerWeight: 0.005,
    });
  }

  namedParameters(): [string, tf.Variable][] {
    return [['scale', this.#scale]];
  }
}

export interface RunOptions {
  /** The checkpoint folder to resume from, or true for the newest whole checkpoint. */
  readonly resume?: string | boolean;
  /** Called when the checkpoint of a step is written. */
  readonly onSave?: (step: number) => void;
  readonly onBegin?: () => void;
}

/**
 * Trains a tiny model with everything that a checkpoint must hold: the optimizer's moments, dropout, a shuffled order of rows,
 * a schedule, a steered regularizer, the best model so far, and a callback with state.
 *
 * @returns the parameters at the end, by name
 */
export async function trainOnce(
  output: string,
  { resume = false, onSave, onBegin }: RunOptions = {},
): Promise<ReadonlyMap<string, Float32Array>> {
  // Results are equal bit for bit only with the same number of threads.
  await setEngine('onnx', { threads: 1 });
  const tokenizer = await loadTokenizer(join(packageRoot(), 'fixtures', 'models', 'splade-bert'));
  const model = SparseEncoder.fromModules([sparseStaticEmbedding({ tokenizer })]);
  try {
    const trainer = new SparseEncoderTrainer({
      model,
      args: {
        outputDir: output,
        maxSteps: STEPS,
        perDeviceTrainBatchSize: 4,
        learningRate: 1e-2,
        warmupSteps: 2,
        weightDecay: 0.01,
        targetActiveDims: { query: 5, document: 8 },
        loggingSteps: 1,
        evalStrategy: 'steps',
        evalSteps: 1,
        saveStrategy: 'steps',
        saveSteps: 1,
        saveTotalLimit: KEPT,
      },
      trainDataset: arrayDataset(ROWS),
      evalDataset: arrayDataset(ROWS.slice(0, 4)),
      loss: (each) => new ScaledLoss(each),
      callbacks: [
        new EarlyStoppingCallback({ earlyStoppingPatience: STEPS }),
        { onTrainBegin: () => onBegin?.(), onSave: ({ state }) => onSave?.(state.globalStep) },
      ],
    });
    await trainer.train({ resumeFromCheckpoint: resume });
    const parameters = model
      .namedParameters()
      .map(async ([name, variable]) => [name, Float32Array.from(await variable.data())] as const);
    return new Map(await Promise.all(parameters));
  } finally {
    await model.dispose();
  }
}
