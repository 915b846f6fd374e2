import type { TrainableLoss, TrainerCallback } from '../../src/api/trainer.js';
import {
  arrayDataset,
  SparseEncoder,
  SparseEncoderTrainer,
  type SparseEncoderTrainingArguments,
  SpladeLoss,
} from '../../src/index.js';
import type { WireTensor } from '../../src/python/exchange.js';
import type { tf } from '../../src/tf.js';
import type { CaseOutcome } from '../case.js';
import { buildLoss, toWire } from '../run-case.js';
import { fixtureOf, ORDER_SEED, type Row, rowsOf } from './data.js';
import type { Recipe } from './recipe.js';

/** What a wrong variant of the trainer does otherwise, through what the trainer can be given. */
export interface Variation {
  readonly args?: SparseEncoderTrainingArguments;
  /** Behind those of the trainer and before the one that records. */
  readonly callbacks?: (loss: TrainableLoss) => readonly TrainerCallback[];
  readonly loss?: (right: TrainableLoss) => TrainableLoss;
  readonly rows?: (right: readonly Row[]) => readonly Row[];
  /** Whether the model keeps its dropout. */
  readonly keepsDropout?: boolean;
}

type Tensors = Map<string, WireTensor>;

const numbers = (values: readonly number[], shape: number[] = [values.length]): WireTensor => ({
  dtype: 'float64',
  shape,
  data: Float64Array.from(values),
});

/** How many steps a recipe has. */
export const stepsOf = ({ records }: Recipe): number => records.at(-1) ?? 0;

/** Trains the model in a folder by a recipe, and gives what reference/training.py notes of it. */
export async function ourRun(
  folder: string,
  recipe: Recipe,
  { args = {}, callbacks, loss: changed, rows, keepsDropout = false }: Variation = {},
): Promise<CaseOutcome> {
  const model = await SparseEncoder.load(keepsDropout ? fixtureOf(recipe) : folder);
  try {
    const { base, wrapper } = buildLoss(recipe.loss, undefined, model);
    const built = (wrapper ?? base) as TrainableLoss;
    const tensors: Tensors = new Map();
    const componentNames: string[] = [];
    const trainer = new SparseEncoderTrainer({
      model,
      args: {
        ...recipe.args,
        maxSteps: stepsOf(recipe),
        dataSeed: ORDER_SEED,
        saveStrategy: 'no',
        loggingSteps: 1,
        ...args,
      },
      trainDataset: arrayDataset(rows?.(rowsOf(recipe)) ?? rowsOf(recipe)),
      loss: changed?.(built) ?? built,
      callbacks: [...(callbacks?.(built) ?? []), recorder(recipe, built, tensors, componentNames)],
    });
    await trainer.train();
    return { componentNames, tensors };
  } catch (error) {
    const { name: type, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { type, message }, componentNames: [], tensors: new Map() };
  } finally {
    await model.dispose();
  }
}

/** Components are named so in the log, as in the reference; what else is logged there is our own. */
const isComponent = (name: string): boolean => /_loss(_|$)/.test(name);

function recorder(
  { records }: Recipe,
  loss: TrainableLoss,
  tensors: Tensors,
  componentNames: string[],
): TrainerCallback {
  return {
    onPreOptimizerStep({ state, optimizer }) {
      const step = state.globalStep + 1;
      const groups = optimizer?.groups ?? [];
      tensors.set(`rates/${step}`, numbers(groups.map(({ learningRate }) => learningRate)));
      tensors.set(`decays/${step}`, numbers(groups.map(({ weightDecay }) => weightDecay)));
      if (loss instanceof SpladeLoss) {
        const weights = [loss.documentRegularizerWeight, loss.queryRegularizerWeight ?? 0];
        tensors.set(`weights/${step}`, numbers(weights));
      }
    },
    async onOptimizerStep({ state, optimizer }) {
      const step = state.globalStep + 1;
      if (!records.includes(step) || optimizer === undefined) return;
      const { moments } = optimizer.state();
      for (const [index, name] of optimizer.names.entries()) {
        const variable = optimizer.variables[index] as tf.Variable;
        const { shape } = variable;
        const own = await toWire(variable);
        tensors.set(`parameter/${step}/${name}`, { ...own, data: own.data.slice() });
        for (const kind of ['first', 'second'] as const) {
          const data = moments[name]?.[kind] ?? new Float32Array();
          tensors.set(`${kind}/${step}/${name}`, { dtype: 'float32', shape, data });
        }
      }
    },
    onLog({ state, logs = {} }) {
      const { loss: value, grad_norm: norm } = logs;
      if (value === undefined) return;
      const step = state.globalStep;
      const names = Object.keys(logs).filter(isComponent);
      componentNames.splice(0, Infinity, ...(names.length === 0 ? ['base_loss'] : names));
      tensors.set(`loss/${step}`, numbers([value], []));
      tensors.set(
        `components/${step}`,
        numbers(names.length === 0 ? [value] : names.map((name) => logs[name] ?? Number.NaN)),
      );
      if (norm !== undefined) tensors.set(`norm/${step}`, numbers([norm], []));
    },
  };
}

/** The names of what a recipe trains, in order. */
export async function trainedParameters(folder: string): Promise<string[]> {
  const model = await SparseEncoder.load(folder);
  try {
    const trainable = new Set(model.trainableVariables());
    return model.namedParameters().flatMap(([name, variable]) => (trainable.has(variable) ? [name] : []));
  } finally {
    await model.dispose();
  }
}
