import type { TrainableLoss, TrainerCallback } from '../../src/api/trainer.js';
import { variablesOf } from '../../src/encoder/module-tree.js';
import { type SparseEncoder, SpladeLoss } from '../../src/index.js';
import type { WireTensor } from '../../src/python/exchange.js';
import type { tf } from '../../src/tf.js';
import type { CaseOutcome } from '../case.js';
import { toWire } from '../run-case.js';
import { datasetsOf, type Recipe, recordsOf } from './recipe.js';

export type Tensors = Map<string, WireTensor>;

export const numbers = (values: readonly number[], shape: number[] = [values.length]): WireTensor => ({
  dtype: 'float64',
  shape,
  data: Float64Array.from(values),
});

/** In the log, components have these names, as in the reference. Everything else logged there is our own. */
const isComponent = (name: string): boolean => /_loss(_|$)/.test(name);

/** The name of a component without its data set's name, which the reference does not log. */
function withoutDataset(name: string, recipe: Recipe): string {
  const prefixes = datasetsOf(recipe).flatMap(([dataset]) => (dataset === undefined ? [] : [`${dataset}_`]));
  const own = prefixes.find((prefix) => name.startsWith(prefix)) ?? '';
  return name.slice(own.length);
}

interface Recording {
  readonly steps: number;
  readonly until: (step: number, outcome: CaseOutcome) => boolean;
}

/** Records a run in `outcome`, and ends the run when `until` returns true. */
export function recorder(
  recipe: Recipe,
  losses: readonly TrainableLoss[],
  outcome: { readonly componentNames: string[]; readonly tensors: Tensors },
  { steps, until }: Recording,
): TrainerCallback {
  const { frozen } = recipe;
  const { componentNames, tensors } = outcome;
  const records = recordsOf(steps);
  return {
    onPreOptimizerStep({ state, optimizer }) {
      const step = state.globalStep + 1;
      const groups = optimizer?.groups ?? [];
      tensors.set(`rates/${step}`, numbers(groups.map(({ learningRate }) => learningRate)));
      tensors.set(`decays/${step}`, numbers(groups.map(({ weightDecay }) => weightDecay)));
      const weights = losses.flatMap((loss) =>
        loss instanceof SpladeLoss ? [loss.documentRegularizerWeight, loss.queryRegularizerWeight ?? 0] : [],
      );
      if (weights.length > 0) tensors.set(`weights/${step}`, numbers(weights));
    },
    async onOptimizerStep({ state, optimizer, model }) {
      const step = state.globalStep + 1;
      if (!records.includes(step) || optimizer === undefined) return;
      const { moments } = optimizer.state();
      for (const [index, name] of optimizer.names.entries()) {
        const variable = optimizer.variables[index] as tf.Variable;
        const { shape } = variable;
        tensors.set(`parameter/${step}/${name}`, await copyOf(variable));
        for (const kind of ['first', 'second'] as const) {
          const data = moments[name]?.[kind] ?? new Float32Array();
          tensors.set(`${kind}/${step}/${name}`, { dtype: 'float32', shape, data });
        }
      }
      const isFrozen = frozen === undefined ? undefined : new RegExp(frozen, 'u');
      for (const [name, variable] of model.namedParameters()) {
        if (isFrozen?.test(name) === true) tensors.set(`parameter/${step}/${name}`, await copyOf(variable));
      }
    },
    async onLog({ state, model, control, logs = {} }) {
      const { loss: value, grad_norm: norm } = logs;
      if (value === undefined) return;
      const step = state.globalStep;
      const names = Object.keys(logs).filter(isComponent);
      const plain = names.map((name) => withoutDataset(name, recipe));
      componentNames.splice(0, Infinity, ...(names.length === 0 ? ['base_loss'] : plain));
      tensors.set(`loss/${step}`, numbers([value], []));
      tensors.set(
        `components/${step}`,
        numbers(names.length === 0 ? [value] : names.map((name) => logs[name] ?? Number.NaN)),
      );
      if (norm !== undefined) tensors.set(`norm/${step}`, numbers([norm], []));
      const counters = await countersOf(model);
      if (counters.length > 0) tensors.set(`counters/${step}`, numbers(counters));
      if (until(step, outcome)) control.shouldTrainingStop = true;
    },
  };
}

async function copyOf(variable: tf.Variable): Promise<WireTensor> {
  const own = await toWire(variable);
  return { ...own, data: own.data.slice() };
}

/** The counters of dead latents. They are the only whole numbers among a model's variables. */
export const counterVariables = (model: SparseEncoder): tf.Variable[] =>
  variablesOf(model.modules).filter(({ dtype }) => dtype === 'int32');

async function countersOf(model: SparseEncoder): Promise<number[]> {
  const all = await Promise.all(counterVariables(model).map((variable) => variable.data()));
  return all.flatMap((each) => [...each]);
}
