import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { aPath, checkArguments, instanceOf } from '../arguments.js';
import type { TrainingBatch } from '../datasets/training-batch.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { InputError, UsageError } from '../errors.js';
import { writeTextWhole } from '../files/write-file.js';
import type { LossNumbers } from '../training/loss-and-gradients.js';
import { disposeGroup, GroupGradients } from './group-gradients.js';
import type { TrainerLoss } from './losses.js';

const optionalText = z.string().nullable();
const CASE = z.object({
  step: z.number(),
  seed: z.number(),
  /** Dropout masks drawn before the step. */
  dropoutPosition: z.number(),
  /** As text, since JSON has no NaN. */
  loss: z.string(),
  components: z.record(z.string(), z.string()),
  batches: z.array(
    z.object({
      size: z.number(),
      columns: z.array(z.string()),
      texts: z.array(z.array(z.string())),
      prompts: z.array(optionalText),
      tasks: z.array(optionalText),
      labels: z.object({ values: z.array(z.number()), shape: z.array(z.number()) }).nullable(),
      dataset: optionalText,
    }),
  ),
});
type Case = z.infer<typeof CASE>;

interface Step {
  readonly numbers: LossNumbers;
  readonly batches: readonly TrainingBatch[];
  readonly step: number;
  readonly seed: number;
  readonly dropoutPosition: number;
  readonly outputDir: string | null;
}

/**
 * Refuses a loss that is not finite, before the parameters are changed by it. The batches are kept as a file in the output
 * folder, which `replayStep` runs again.
 *
 * @throws UsageError
 */
export async function requireFinite(found: Step): Promise<void> {
  const { numbers, batches, outputDir, step, seed, dropoutPosition } = found;
  const { loss, components } = numbers;
  if (Number.isFinite(loss)) return;
  const path = outputDir === null ? undefined : join(outputDir, `not-finite-step-${step}.json`);
  if (path !== undefined) {
    const kept: Case = {
      step,
      seed,
      dropoutPosition,
      loss: String(loss),
      components: Object.fromEntries(
        Object.entries(components).map(([name, value]) => [name, String(value)]),
      ),
      batches: batches.map(stored),
    };
    await writeTextWhole(path, `${JSON.stringify(kept, null, 2)}\n`);
  }
  const parts = Object.entries(components).filter(([, value]) => !Number.isFinite(value));
  throw new UsageError(
    `the trainer: the loss is ${loss} at step ${step} (${parts.map(([name]) => name).join(', ')}); the parameters are as they were before it. ` +
      'A smaller learningRate, a longer warm-up or a smaller maxGradNorm usually helps' +
      (path === undefined ? '' : `; the batch is kept in ${path}, and replayStep computes it again`),
  );
}

const MODEL = instanceOf(SparseEncoder, 'a SparseEncoder');

/**
 * Computes the step again that a file of a loss that was not finite holds, with dropout as it was. The model is not changed.
 *
 *     const { loss, components } = await replayStep(model, loss, 'run/not-finite-step-12.json');
 *
 * @throws InputError for a file that is not one of these
 */
export async function replayStep(
  model: SparseEncoder,
  loss: TrainerLoss,
  path: string,
): Promise<LossNumbers> {
  const rules = { model: MODEL, path: aPath };
  checkArguments('replayStep', rules, { model, path });
  const parsed = CASE.safeParse(parsedJson(await readFile(path, 'utf8')));
  if (!parsed.success) throw new InputError(`${path} is not the case of a loss that was not finite`);
  const gradients = new GroupGradients(model, loss, model.trainableVariables());
  const { mode } = model;
  model.mode = 'train';
  try {
    model.dropout.position = parsed.data.dropoutPosition;
    const group = await gradients.prepare(parsed.data.batches.map(restored));
    try {
      const { gradients: computed, ...numbers } = await gradients.of(group);
      computed.forEach((each) => each.dispose());
      return numbers;
    } finally {
      disposeGroup(group);
    }
  } finally {
    model.mode = mode;
    await gradients.dispose();
  }
}

/** Undefined for what is not JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stored({ labels, dataset, ...batch }: TrainingBatch): Case['batches'][number] {
  return {
    size: batch.size,
    columns: [...batch.columns],
    texts: batch.texts.map((column) => [...column]),
    prompts: batch.prompts.map((each) => each ?? null),
    tasks: batch.tasks.map((each) => each ?? null),
    labels: labels === undefined ? null : { values: [...labels.values], shape: [...labels.shape] },
    dataset: dataset ?? null,
  };
}

function restored({ labels, dataset, ...batch }: Case['batches'][number]): TrainingBatch {
  return {
    ...batch,
    prompts: batch.prompts.map((each) => each ?? undefined),
    tasks: batch.tasks.map((each) => each ?? undefined),
    labels: labels === null ? undefined : { values: Float32Array.from(labels.values), shape: labels.shape },
    dataset: dataset ?? undefined,
  };
}
