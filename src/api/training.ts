/** What a training loop needs besides a loss: the optimizer, and training data from format to format. */
export {
  classPairsToTriplets,
  classTextsToTriplets,
  nTuplesToTriplets,
  scoresToMargins,
  tripletsToPairs,
} from '../data/convert.js';
export { type Random, seededRandom } from '../random.js';
export { AdamW, type AdamWState } from '../training/adamw.js';
export type { AdamWOptions } from '../training/adamw-options.js';
export {
  bindAdamW,
  type BindOptions,
  type BoundAdamW,
  type BoundAdamWState,
  type NamedVariable,
  type ParameterSettings,
  type TrainableModel,
} from '../training/bound-adamw.js';
export { decaysWeights } from '../training/decay.js';
export {
  learningRateSchedule,
  type Schedule,
  type ScheduleLength,
  type ScheduleName,
  type ScheduleSettings,
  warmupStepsOf,
} from '../training/learning-rates.js';
