import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { TrainingBatch } from '../datasets/training-batch.js';
import { InputError } from '../errors.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { lossesIn, type TrainerLoss } from './losses.js';

const optionalText = z.string().nullable();
const CASE = z.object({
  step: z.number(),
  seed: z.number(),
  /** Dropout masks drawn before the step. */
  dropoutPosition: z.number(),
  /** As text, since JSON has no NaN. */
  loss: z.string(),
  components: z.record(z.string(), z.string()),
  /** Parameters whose gradients were not finite. */
  gradients: z.array(z.string()),
  /** The regularizer weights of each SpladeLoss at the step, in the order of the losses. */
  regularizers: z.array(z.object({ document: z.number(), query: z.number().nullable() })),
  /** The folder with the parameters before the step, beside the file. */
  checkpoint: z.string(),
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
/** A step that was not finite, with what is needed to compute it again. */
export type StepCase = z.infer<typeof CASE>;

/** @throws InputError if the file does not hold such a step */
export async function readStepCase(path: string): Promise<StepCase> {
  const parsed = CASE.safeParse(parsedJson(await readFile(path, 'utf8')));
  if (!parsed.success) throw new InputError(`${path} is not the case of a step that was not finite`);
  return parsed.data;
}

const spladeLossesIn = (loss: TrainerLoss): SpladeLoss[] =>
  lossesIn(loss).flatMap(([, each]) => (each instanceof SpladeLoss ? [each] : []));

/** The current weights of the regularizers. */
export function regularizersOf(loss: TrainerLoss): StepCase['regularizers'] {
  return spladeLossesIn(loss).map(
    ({ documentRegularizerWeight: document, queryRegularizerWeight: query }) => ({
      document,
      query,
    }),
  );
}

/** Sets the weights of the regularizers. */
export function setRegularizers(loss: TrainerLoss, weights: StepCase['regularizers']): void {
  spladeLossesIn(loss).forEach((each, index) => {
    const { document, query } = weights[index] ?? {};
    each.documentRegularizerWeight = document ?? each.documentRegularizerWeight;
    each.queryRegularizerWeight = query ?? each.queryRegularizerWeight;
  });
}

/** Undefined if the text is not JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Converts a batch to its form in JSON. */
export function stored({ labels, dataset, ...batch }: TrainingBatch): StepCase['batches'][number] {
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

/** Converts a batch from its form in JSON. */
export function restored({ labels, dataset, ...batch }: StepCase['batches'][number]): TrainingBatch {
  return {
    ...batch,
    prompts: batch.prompts.map((each) => each ?? undefined),
    tasks: batch.tasks.map((each) => each ?? undefined),
    labels: labels === null ? undefined : { values: Float32Array.from(labels.values), shape: labels.shape },
    dataset: dataset ?? undefined,
  };
}
