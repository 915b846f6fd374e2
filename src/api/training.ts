/** The parts of a training loop besides the loss: the optimizers, and conversions between formats of training data. */
export {
  classPairsToTriplets,
  classTextsToTriplets,
  nTuplesToTriplets,
  scoresToMargins,
  tripletsToPairs,
} from '../data/convert.js';
export { type Random, seededRandom } from '../random.js';
export { AdamW, type AdamWState } from '../training/adamw.js';
export type { AdafactorOptions, AdamWOptions, SgdOptions } from '../training/optimizer-options.js';
export {
  bindAdafactor,
  bindAdamW,
  type BindOptions,
  bindSgd,
  type BoundOptimizer,
  type BoundOptimizerState,
  type NamedVariable,
  type ParameterSettings,
  type TrainableModel,
} from '../training/bound-optimizer.js';
export { decaysWeights } from '../training/decay.js';
export {
  type PlateauOptions,
  type PlateauState,
  ReduceLrOnPlateau,
} from '../training/reduce-lr-on-plateau.js';
export {
  learningRateSchedule,
  type Schedule,
  type ScheduleLength,
  type ScheduleName,
  type ScheduleSettings,
  warmupStepsOf,
} from '../training/learning-rates.js';
