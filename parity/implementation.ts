import * as ours from '../src/api/losses.js';
import { LOSSES } from '../src/losses/losses.js';
import { halfDot, L1Regularizer, LogisticMarginLoss, pairwiseHalfDot } from './custom-losses.js';

type LossClass = new (model: ours.EmbeddingModel, options: never) => object;

/** The losses and functions behind a case's names: this package's own, or those of a port or wrong variant. */
export interface Implementation {
  readonly losses: Readonly<Record<string, LossClass>>;
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>>;
}

export const OURS: Implementation = {
  losses: {
    ...LOSSES,
    LogisticMarginLoss,
    L1Regularizer,
  },
  functions: {
    dotScore: ours.dotScore,
    cosSim: ours.cosSim,
    euclideanSim: ours.euclideanSim,
    manhattanSim: ours.manhattanSim,
    pairwiseDotScore: ours.pairwiseDotScore,
    pairwiseCosSim: ours.pairwiseCosSim,
    pairwiseEuclideanSim: ours.pairwiseEuclideanSim,
    pairwiseManhattanSim: ours.pairwiseManhattanSim,
    pairwiseAngleSim: ours.pairwiseAngleSim,
    'TripletDistanceMetric.COSINE': ours.TripletDistanceMetric.COSINE,
    'TripletDistanceMetric.EUCLIDEAN': ours.TripletDistanceMetric.EUCLIDEAN,
    'TripletDistanceMetric.MANHATTAN': ours.TripletDistanceMetric.MANHATTAN,
    meanSquaredError: ours.meanSquaredError,
    meanAbsoluteError: ours.meanAbsoluteError,
    smoothL1: ours.smoothL1,
    identity: ours.identity,
    sigmoid: ours.sigmoid,
    halfDot,
    pairwiseHalfDot,
  },
};
