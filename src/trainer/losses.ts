import type * as tf from '@tensorflow/tfjs';
import { isObject } from '../arguments.js';
import { describe } from '../describe.js';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import { OptionError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';

/** What a trainer needs from a loss: `forward(features, labels)` returns a scalar or named scalars. */
export type TrainableLoss = Pick<Loss, 'forward'> &
  Partial<Pick<Loss, 'getConfigDict' | 'citation' | 'checkLabelValues'>> & {
    /** The loss's own parameters, which are trained and stored in checkpoints. */
    namedParameters?(): readonly (readonly [string, tf.Variable])[];
  };

type LossMaker = (model: SparseEncoder) => TrainableLoss;
/** A loss, or a function that makes one from the model. */
export type LossOrMaker = TrainableLoss | LossMaker;
/** One loss for all data sets, or one loss for each data set by its name. */
export type TrainerLoss = TrainableLoss | Readonly<Record<string, TrainableLoss>>;

const isLoss = (value: unknown): value is TrainableLoss =>
  isObject(value) && 'forward' in value && typeof value.forward === 'function';

/** The reference's default. */
const defaultLoss = (model: SparseEncoder): SpladeLoss =>
  new SpladeLoss(model, {
    loss: new SparseMultipleNegativesRankingLoss(model),
    queryRegularizerWeight: 5e-5,
    documentRegularizerWeight: 3e-5,
  });

/** @throws OptionError if `given` is not a loss, a function that makes one, or an object of these by data set */
export function resolveLoss(
  given: LossOrMaker | Readonly<Record<string, LossOrMaker>> | undefined,
  model: SparseEncoder,
): TrainerLoss {
  if (given === undefined) return defaultLoss(model);
  if (typeof given === 'function' || isLoss(given)) return made(given, model, 'loss');
  if (isObject(given) && !Array.isArray(given)) {
    const losses = Object.entries(given);
    if (losses.length > 0) {
      return Object.fromEntries(losses.map(([name, each]) => [name, made(each, model, `loss.${name}`)]));
    }
  }
  throw new OptionError(
    `the trainer: loss is ${describe(given)}; expected a loss, a function that makes one from the model, or one of these for each data set by its name`,
  );
}

/** @throws OptionError for a finished loss: it belongs to another model than the one that `modelInit` makes */
export function requireMakers(given: LossOrMaker | Readonly<Record<string, LossOrMaker>> | undefined): void {
  const all = isLoss(given) ? [given] : typeof given === 'object' ? Object.values(given) : [];
  if (!all.some(isLoss)) return;
  throw new OptionError(
    'the trainer: loss belongs to a model already, and modelInit makes others; expected a function that makes a loss from the model',
  );
}

function made(given: LossOrMaker, model: SparseEncoder, place: string): TrainableLoss {
  const loss: unknown = typeof given === 'function' ? given(model) : given;
  if (isLoss(loss)) return loss;
  throw new OptionError(
    `the trainer: ${place} is ${describe(loss)}; expected a loss, an object with a method forward(features, labels)`,
  );
}

/** All losses, each with the name of its data set if every data set has its own. */
export function lossesIn(loss: TrainerLoss): readonly (readonly [string | undefined, TrainableLoss])[] {
  return isLoss(loss) ? [[undefined, loss]] : Object.entries(loss);
}

/** The name of a loss's number in the log. If each data set has its own loss, the name begins with that of the data set. */
export function loggedName(loss: TrainerLoss, dataset: string | undefined, name: string): string {
  return isLoss(loss) || dataset === undefined ? name : `${dataset}_${name}`;
}

/** The loss for a batch of the data set. */
export function lossFor(loss: TrainerLoss, dataset: string | undefined): TrainableLoss {
  if (isLoss(loss)) return loss;
  const own = dataset === undefined ? undefined : loss[dataset];
  if (own === undefined) {
    throw new OptionError(
      `the trainer: there is no loss for the data set ${JSON.stringify(dataset ?? null)}; losses are given for ${Object.keys(loss).join(', ')}`,
    );
  }
  return own;
}
