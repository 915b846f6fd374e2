import type { Reference } from '../../src/python/bridge.js';
import type { JsonValue } from '../../src/python/exchange.js';
import type { CaseOutcome } from '../case.js';
import { combineLegs, type ReferenceLegs } from '../compare.js';
import { outcomesOf } from '../reference-legs.js';
import { epochsOf, labelsOf, rowsOf } from './data.js';
import { stepsOf, trainedParameters } from './our-run.js';
import type { Recipe } from './recipe.js';

const FLOAT32 = ['float32', 'float32-reversed', 'float32-nudged', 'float32-threads'];
const TRUTH = 'float64';
const DEADLINE_MS = 600_000;

/** What the reference's own trainer makes of a recipe, from the weights in this folder. */
export async function referenceRun(
  reference: Pick<Reference, 'call'>,
  folder: string,
  recipe: Recipe,
): Promise<ReferenceLegs> {
  const rows = rowsOf(recipe);
  const labels = labelsOf(recipe);
  const { texts } = recipe.data;
  const { perDeviceTrainBatchSize: batch = 8, gradientAccumulationSteps: count = 1 } = recipe.args;
  const joined = { perDeviceTrainBatchSize: batch * count, gradientAccumulationSteps: 1 };
  const epochs = await epochsOf(recipe, stepsOf(recipe));
  const meta = {
    folder,
    legs: [...FLOAT32, TRUTH],
    loss: recipe.loss,
    args: { ...recipe.args, ...(recipe.joined === true && joined), maxSteps: stepsOf(recipe) },
    columns: Object.fromEntries(texts.map((name) => [name, rows.map((row) => row[name])])),
    epochs: recipe.joined === true ? epochs.map((batches) => joinEvery(count, batches)) : epochs,
    parameters: await trainedParameters(folder),
    records: recipe.records,
  } as unknown as JsonValue;
  const message = { meta, tensors: labels === undefined ? {} : { labels } };
  const reply = await reference.call('training.run', message, { deadlineMs: DEADLINE_MS });
  const [outcomes] = outcomesOf(reply);
  const leg = (name: string): CaseOutcome => {
    const found = outcomes?.get(name);
    if (found === undefined) throw new Error(`the reference left out the leg ${name}`);
    return found;
  };
  const [first, ...again] = FLOAT32.map(leg);
  const conditioning = { inputScale: 0, labelScale: 0, condition: 1 };
  return accumulated(combineLegs([first as CaseOutcome, ...again], leg(TRUTH), conditioning));
}

/** So many batches after each other as one. */
const joinEvery = (count: number, batches: readonly number[][]): number[][] =>
  Array.from({ length: Math.ceil(batches.length / count) }, (_, step) =>
    batches.slice(step * count, (step + 1) * count).flat(),
  );

/** Errors of a run only grow: what the reference has lost by a step, it may have lost by any later one. */
function accumulated(legs: ReferenceLegs): ReferenceLegs {
  const errors = new Map<string, number>();
  const worst = new Map<string, { step: number; error: number }>();
  const inOrder = [...legs.errors].map(([name, error]) => {
    const [kind = '', step = '', ...rest] = name.split('/');
    return { name, error, step: Number(step), series: [kind, ...rest].join('/') };
  });
  for (const { name, error, step, series } of inOrder.toSorted((a, b) => a.step - b.step)) {
    const most = Math.max(error, worst.get(series)?.error ?? 0);
    worst.set(series, { step, error: most });
    errors.set(name, most);
  }
  return { ...legs, errors };
}
