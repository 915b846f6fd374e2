import type { TrainableLoss } from '../../src/api/trainer.js';
import { variablesOf } from '../../src/encoder/module-tree.js';
import { SparseEncoder, SpladeLoss } from '../../src/index.js';
import { tf } from '../../src/tf.js';
import { GroupGradients } from '../../src/trainer/group-gradients.js';
import { buildLoss } from '../run-case.js';
import { freeze } from './freeze.js';
import { datasetsOf, type Recipe } from './recipe.js';

/** A model with its losses. Programs are compiled once, and it can be trained again and again from the same start. */
export interface Subject {
  readonly model: SparseEncoder;
  /** The loss of each data set. */
  readonly losses: readonly (readonly [dataset: string | undefined, loss: TrainableLoss])[];
  /** The loss in the form that the trainer accepts. */
  readonly loss: TrainableLoss | Record<string, TrainableLoss>;
  readonly programs: GroupGradients;
  /** Restores parameters, counters and the weights of regularizers to their start. */
  readonly reset: () => void;
  readonly dispose: () => Promise<void>;
}

export interface SubjectOptions {
  /** Whether to train parameters that the recipe freezes. */
  readonly thawed?: boolean;
  /** Replaces the right loss by another one. `all` are the losses of every data set. */
  readonly change?: (right: TrainableLoss, all: readonly TrainableLoss[]) => TrainableLoss;
}

/** Opens the model in a folder for a recipe. The caller disposes it. */
export async function openSubject(
  folder: string,
  recipe: Recipe,
  { thawed = false, change = (right) => right }: SubjectOptions = {},
): Promise<Subject> {
  const model = await SparseEncoder.load(folder);
  if (recipe.frozen !== undefined && !thawed) freeze(model, recipe.frozen);
  const losses = datasetsOf(recipe).map(([name, { loss }]) => {
    const { base, wrapper } = buildLoss(loss, undefined, model);
    return [name, (wrapper ?? base) as TrainableLoss] as const;
  });
  const all = losses.map(([, loss]) => loss);
  const changed = losses.map(([name, loss]) => [name, change(loss, all)] as const);
  const [[name, only] = []] = changed;
  const loss =
    name === undefined && only !== undefined
      ? only
      : Object.fromEntries(changed.map(([own = '', each]) => [own, each]));
  const starts = await Promise.all(
    variablesOf(model.modules).map(async (variable) => ({
      variable,
      values: (await variable.data()).slice(),
    })),
  );
  const weighted = all.filter((each) => each instanceof SpladeLoss);
  const weights = weighted.map(({ documentRegularizerWeight, queryRegularizerWeight }) => ({
    documentRegularizerWeight,
    queryRegularizerWeight,
  }));
  const trainable = new Set(model.trainableVariables());
  const variables = model.namedParameters().flatMap(([, each]) => (trainable.has(each) ? [each] : []));
  const programs = new GroupGradients(model, loss, variables);
  return {
    model,
    losses,
    loss,
    programs,
    reset: () => {
      for (const { variable, values } of starts) {
        const tensor = tf.tensor(values.slice(), variable.shape, variable.dtype);
        variable.assign(tensor);
        tensor.dispose();
      }
      weighted.forEach((each, index) => Object.assign(each, weights[index]));
    },
    dispose: async () => {
      await programs.dispose();
      await model.dispose();
    },
  };
}

/** The names of the parameters that a recipe trains, and of those that it freezes, in order. */
export async function parameterNames(
  folder: string,
  recipe: Recipe,
): Promise<{ readonly trained: string[]; readonly frozen: string[] }> {
  const model = await SparseEncoder.load(folder);
  try {
    const before = new Set(model.trainableVariables());
    if (recipe.frozen !== undefined) freeze(model, recipe.frozen);
    const after = new Set(model.trainableVariables());
    const named = model.namedParameters();
    return {
      trained: named.flatMap(([name, variable]) => (after.has(variable) ? [name] : [])),
      frozen: named.flatMap(([name, variable]) =>
        before.has(variable) && !after.has(variable) ? [name] : [],
      ),
    };
  } finally {
    await model.dispose();
  }
}
