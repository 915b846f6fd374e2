import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import { OptionError, UsageError } from '../errors.js';
import {
  bindAdafactor,
  bindAdamW,
  bindSgd,
  type BoundOptimizer,
  type NamedVariable,
} from '../training/bound-optimizer.js';
import { decaysWeights } from '../training/decay.js';
import { lossesIn, type TrainerLoss } from './losses.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** The trainable parameters of a model and of its losses, by name. */
export function trainableParameters(model: SparseEncoder, loss: TrainerLoss): NamedVariable[] {
  const trainable = new Set(model.trainableVariables());
  const own = model.namedParameters().filter(([, variable]) => trainable.has(variable));
  const ofLosses = lossParameters(loss);
  if (own.length + ofLosses.length === 0) {
    throw new UsageError('the trainer: the model has no trainable parameters; nothing would be trained');
  }
  return [...own, ...ofLosses];
}

/** The losses' own parameters. */
export function lossParameters(loss: TrainerLoss): NamedVariable[] {
  return lossesIn(loss).flatMap(([dataset, each]) =>
    (each.namedParameters?.() ?? []).map(([name, variable]): NamedVariable => [
      dataset === undefined ? `loss.${name}` : `loss.${dataset}.${name}`,
      variable,
    ]),
  );
}

/**
 * Binds the optimizer that the arguments name. Biases and normalizations have no weight decay. A parameter whose name matches
 * a regular expression of `learningRateMapping` has that learning rate; the first match counts.
 *
 * @throws OptionError if a regular expression matches no name
 */
export async function bindOptimizer(
  parameters: readonly NamedVariable[],
  args: ResolvedTrainingArguments,
): Promise<BoundOptimizer> {
  const rates = Object.entries(args.learningRateMapping).map(([pattern, rate]) => {
    // The reference's names begin with `model.`.
    const fits = (name: string): boolean => new RegExp(pattern, 'u').test(`model.${name}`);
    if (!parameters.some(([name]) => fits(name))) {
      const some = parameters.slice(0, 3).map(([name]) => `model.${name}`);
      throw new OptionError(
        `the training arguments: learningRateMapping has ${JSON.stringify(pattern)}, which matches no parameter; names look like ${some.join(', ')}`,
      );
    }
    return { fits, rate };
  });
  const common = {
    learningRate: args.learningRate,
    weightDecay: args.weightDecay,
    // Even without a limit the norm is logged, as in the reference.
    maxGradientNorm: args.maxGradNorm === 0 ? Infinity : args.maxGradNorm,
    settingsFor: (name: string) => {
      const own = rates.find(({ fits }) => fits(name));
      return {
        ...(own !== undefined && { learningRate: own.rate }),
        ...(!decaysWeights(name) && { weightDecay: 0 }),
      };
    },
  };
  switch (args.optim) {
    case 'adamw_torch':
      return await bindAdamW(parameters, {
        ...common,
        betas: [args.adamBeta1, args.adamBeta2],
        epsilon: args.adamEpsilon,
      });
    case 'adafactor':
      return await bindAdafactor(parameters, common);
    case 'sgd':
      return await bindSgd(parameters, { ...common, ...args.optimArgs });
  }
}
