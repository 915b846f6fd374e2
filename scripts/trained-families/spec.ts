import { z } from 'zod';

/** How both trainers train a family from its start. The names are those of this package. */
const Recipe = z.object({
  steps: z.number(),
  loss: z.object({
    loss: z.string(),
    lossOptions: z.record(z.string(), z.number()),
    wrapper: z.enum(['SpladeLoss', 'CSRLoss']),
    wrapperOptions: z.record(z.string(), z.number()),
  }),
  args: z.object({
    learningRate: z.number(),
    warmupSteps: z.number(),
    learningRateMapping: z.record(z.string(), z.number()),
    routerMapping: z.record(z.string(), z.string()).nullable(),
  }),
  /** A regular expression for the names of parameters that are not trained; null trains all. */
  frozen: z.string().nullable(),
});
export type FamilyRecipe = z.infer<typeof Recipe>;

/** The instructions for a process that trains a model; both sides read them. */
export const TrainingSpec = Recipe.extend({
  /** The model's folder before training, and the folder to write. */
  start: z.string(),
  output: z.string(),
  /** Pairs as JSON lines: all pairs, and the pairs of the run in the order of its batches. */
  pairs: z.string(),
  ordered: z.string(),
  /** The number of steps before the other side takes its turn. */
  turn: z.number(),
  batch: z.number(),
  /** The longest text in training, in tokens. */
  length: z.number(),
  /** The seed for the order of the data. */
  seed: z.number(),
});
export type TrainingSpec = z.infer<typeof TrainingSpec>;
