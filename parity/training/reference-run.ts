import type { Reference } from '../../src/python/bridge.js';
import type { JsonValue, WireTensor } from '../../src/python/exchange.js';
import type { CaseOutcome } from '../case.js';
import { combineLegs, type ReferenceLegs } from '../compare.js';
import { outcomesOf } from '../reference-legs.js';
import { epochsOf, labelsOf, retrievalTask, rowsOf } from './data.js';
import { datasetsOf, type Recipe, recordsOf, STEPS } from './recipe.js';
import { parameterNames } from './subject.js';

const FLOAT32 = ['float32', 'float32-reversed', 'float32-nudged', 'float32-threads'];
/**
 * More legs for long runs. Where rounding decides whether an activation is 0 or which latents are the largest, runs part and
 * do not meet again, and four legs may all take one of the two ways.
 */
const NUDGED_AGAIN = Array.from({ length: 8 }, (_, index) => `float32-nudged-${index + 1}`);
const TRUTH = 'float64';
const DEADLINE_MS = 1_800_000;

/** Runs the reference's own trainer by a recipe, from the weights in this folder. */
export async function referenceRun(
  reference: Pick<Reference, 'call'>,
  folder: string,
  recipe: Recipe,
  steps: number,
): Promise<ReferenceLegs> {
  const { perDeviceTrainBatchSize: batch = 8, gradientAccumulationSteps: count = 1 } = recipe.args;
  const joined = { perDeviceTrainBatchSize: batch * count, gradientAccumulationSteps: 1 };
  const float32 = [...FLOAT32, ...(steps > STEPS ? NUDGED_AGAIN : [])];
  const epochs = await epochsOf(recipe, steps);
  const { queries, documents, relevant } = retrievalTask();
  const tensors: Record<string, WireTensor> = {};
  const datasets = datasetsOf(recipe).map(([name = null, data]) => {
    const labels = labelsOf(data);
    const key = `labels of ${name}`;
    if (labels !== undefined) tensors[key] = labels;
    const rows = rowsOf(data);
    return {
      name,
      loss: data.loss,
      columns: Object.fromEntries(data.texts.map((text) => [text, rows.map((row) => row[text])])),
      labels: labels === undefined ? null : key,
    };
  });
  const { trained, frozen } = await parameterNames(folder, recipe);
  const meta = {
    folder,
    legs: [...float32, TRUTH],
    args: { ...recipe.args, ...(recipe.joined === true && joined), maxSteps: steps },
    datasets,
    epochs: recipe.joined === true ? epochs.map((batches) => joinEvery(count, batches)) : epochs,
    parameters: trained,
    frozen,
    records: recordsOf(steps),
    task: { queries, documents, relevant: relevant.map((places) => [...places]) },
  } as unknown as JsonValue;
  const reply = await reference.call('training.run', { meta, tensors }, { deadlineMs: DEADLINE_MS });
  const [outcomes] = outcomesOf(reply);
  const leg = (name: string): CaseOutcome => {
    const found = outcomes?.get(name);
    if (found === undefined) throw new Error(`the reference left out the leg ${name}`);
    return found;
  };
  const [first, ...again] = float32.map(leg);
  const conditioning = { inputScale: 0, labelScale: 0, condition: 1 };
  return accumulated(combineLegs([first as CaseOutcome, ...again], leg(TRUTH), conditioning));
}

/** Joins every `count` consecutive batches into one. */
const joinEvery = (count: number, batches: readonly (readonly number[])[]): number[][] =>
  Array.from({ length: Math.ceil(batches.length / count) }, (_, step) =>
    batches.slice(step * count, (step + 1) * count).flat(),
  );

/** The step of a tensor, and the series that it belongs to. */
export function placeOf(name: string): { readonly step: number; readonly series: string } {
  const [kind = '', step = '', ...rest] = name.split('/');
  return { step: Number(step), series: [kind, ...rest].join('/') };
}

/** Errors of a run only grow: precision that the reference has lost at a step may be missing at every later step. */
function accumulated(legs: ReferenceLegs): ReferenceLegs {
  const errors = new Map<string, number>();
  const worst = new Map<string, number>();
  const inOrder = [...legs.errors].map(([name, error]) => ({ name, error, ...placeOf(name) }));
  for (const { name, error, series } of inOrder.toSorted((a, b) => a.step - b.step)) {
    const most = Math.max(error, worst.get(series) ?? 0);
    worst.set(series, most);
    errors.set(name, most);
  }
  return { ...legs, errors };
}

export const isMeasure = (name: string): boolean => name.startsWith('ndcg/');

/** The reference's tensors of each step, in order. The score of the trained model is left out. */
export function legsByStep(legs: ReferenceLegs): ReadonlyMap<number, ReferenceLegs> {
  const steps = new Map<number, Map<string, WireTensor>>();
  for (const [name, tensor] of legs.float32.tensors) {
    if (isMeasure(name)) continue;
    const { step } = placeOf(name);
    const own = steps.get(step) ?? new Map<string, WireTensor>();
    steps.set(step, own.set(name, tensor));
  }
  return new Map(
    [...steps]
      .toSorted(([a], [b]) => a - b)
      .map(([step, tensors]) => [step, { ...legs, float32: { ...legs.float32, tensors } }]),
  );
}
