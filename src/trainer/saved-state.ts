import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError, UsageError } from '../errors.js';
import { isMissing } from '../files/is-missing.js';

export const STATE_FILE = 'trainer_state.json';

/** JSON writes null for a number that is not finite. */
const logEntry = z.record(
  z.string(),
  z
    .number()
    .nullable()
    .transform((value) => value ?? Number.NaN),
);
const SAVED_STATE = z.object({
  version: z.literal(1),
  state: z.object({
    epoch: z.number(),
    globalStep: z.number().int().min(0),
    maxSteps: z.number().int().min(1),
    numTrainEpochs: z.number(),
    logHistory: z.array(logEntry),
    bestMetric: z.number().nullable(),
    bestGlobalStep: z.number().nullable(),
    bestModelCheckpoint: z.string().nullable(),
  }),
  /** Sums of the losses since the last entry of the log. */
  sums: z.object({
    loss: z.number(),
    components: logEntry,
    activity: logEntry.default({}),
    steps: z.number(),
    counts: logEntry.default({}),
    total: z.number(),
  }),
  /** What decides which rows each step has. With other values it would not be the same run. */
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** The epoch of the next batch, and the batch's place in that epoch. */
  cursor: z.object({ epoch: z.number().int().min(0), batch: z.number().int().min(0) }),
  /** The current learning rates by parameter if they follow evaluations; null if they depend only on the step. */
  plateau: z
    .object({
      best: z.number().nullable(),
      bad: z.number().int().min(0),
      cooldown: z.number().int().min(0),
      base: z.number(),
      rates: logEntry,
    })
    .nullable()
    .default(null),
  /** Dropout masks drawn so far. */
  dropoutPosition: z.number().int().min(0),
  optimizerSteps: z.number().int().min(0),
  callbacks: z.record(z.string(), z.unknown()),
});
export type SavedState = z.infer<typeof SAVED_STATE>;

/** Reads the state of the trainer from a whole checkpoint. */
export async function readSavedState(folder: string): Promise<SavedState> {
  const text = await readFile(join(folder, STATE_FILE), 'utf8').catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    throw new InputError(
      `${folder} has no ${STATE_FILE}, so it is only a model; training can resume only from checkpoints written without saveOnlyModel`,
    );
  });
  const parsed = SAVED_STATE.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    `${join(folder, STATE_FILE)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is invalid'}`,
  );
}

/** @throws UsageError if the run uses other rows, or has another length, than the saved run */
export function requireSameRun(folder: string, saved: SavedState['data'], now: SavedState['data']): void {
  const changed = Object.keys(now).find((name) => now[name] !== saved[name]);
  if (changed === undefined) return;
  throw new UsageError(
    `${folder} was written with ${changed} ${String(saved[changed])}; it is ${String(now[changed])} now, so training could not continue where it stopped`,
  );
}
