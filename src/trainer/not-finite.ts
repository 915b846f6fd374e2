import { join } from 'node:path';
import type { TrainingBatch } from '../datasets/training-batch.js';
import { UsageError } from '../errors.js';
import { writeTextWhole } from '../files/write-file.js';
import type { LossNumbers } from '../training/loss-and-gradients.js';
import { checkpointName } from './checkpoint.js';
import { regularizersOf, type StepCase, stored } from './step-case.js';
import type { SparseEncoderTrainer } from './trainer.js';

interface Step {
  readonly step: number;
  readonly numbers: LossNumbers;
  /** One for each parameter of the model. */
  readonly gradients: readonly ArrayLike<number>[];
  readonly batches: readonly TrainingBatch[];
  /** Dropout masks drawn before the step. */
  readonly dropoutPosition: number;
}

interface Run {
  readonly trainer: Pick<SparseEncoderTrainer, 'args' | 'loss' | 'model'>;
  /** The names of the parameters. */
  readonly parameters: readonly string[];
  /** Writes a checkpoint. */
  readonly save: () => Promise<void>;
}

/**
 * Rejects a step whose loss or gradients are not finite, before the step changes the parameters. The batches are written to a
 * file in the output folder, beside a checkpoint of the model before the step. `replayStep` computes the step again.
 *
 * @throws UsageError
 */
export async function requireFinite(found: Step, { trainer, parameters, save }: Run): Promise<void> {
  const { numbers, step, gradients, dropoutPosition } = found;
  const { loss, components } = numbers;
  const { args, model } = trainer;
  const notFinite = notFiniteIn(gradients, parameters);
  if (Number.isFinite(loss) && notFinite.length === 0) return;
  const parts = Object.entries(components).filter(([, value]) => !Number.isFinite(value));
  const what = Number.isFinite(loss)
    ? `the loss is ${loss} at step ${step}, and the gradients of ${someOf(notFinite)} are not finite`
    : `the loss is ${loss} at step ${step} (${parts.map(([name]) => name).join(', ')})`;
  let kept = '';
  if (args.outputDir !== null) {
    // The checkpoint holds the state before the step.
    model.dropout.position = dropoutPosition;
    await save();
    const path = join(args.outputDir, `not-finite-step-${step}.json`);
    await writeTextWhole(path, `${JSON.stringify(caseOf(found, notFinite, trainer), null, 2)}\n`);
    kept = `; the batch is kept in ${path}, and replayStep or train --replay can compute the step again`;
  }
  throw new UsageError(
    `the trainer: ${what}; the parameters are unchanged. ` +
      `A smaller learningRate, a longer warm-up or a smaller maxGradNorm usually helps${kept}`,
  );
}

function caseOf(
  { numbers, ...found }: Step,
  gradients: readonly string[],
  { args, loss }: Run['trainer'],
): StepCase {
  return {
    step: found.step,
    seed: args.seed,
    dropoutPosition: found.dropoutPosition,
    loss: String(numbers.loss),
    components: Object.fromEntries(
      Object.entries(numbers.components).map(([name, value]) => [name, String(value)]),
    ),
    gradients: [...gradients],
    regularizers: regularizersOf(loss),
    checkpoint: checkpointName(found.step - 1),
    batches: found.batches.map(stored),
  };
}

/** The names of arrays with an element that is not finite. */
export function notFiniteIn(arrays: readonly ArrayLike<number>[], names: readonly string[]): string[] {
  return names.filter((_, index) => !isFiniteArray(arrays[index] ?? []));
}

function isFiniteArray(values: ArrayLike<number>): boolean {
  let sum = 0;
  // The sum stays 0 for finite numbers and becomes NaN otherwise. A test of each number would be several times slower.
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    sum += value - value;
  }
  return sum === 0;
}

function someOf(names: readonly string[]): string {
  const [first, second, ...others] = names;
  if (others.length > 0) return `${first}, ${second} and ${others.length} other parameters`;
  return second === undefined ? String(first) : `${first} and ${second}`;
}
