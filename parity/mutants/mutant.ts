import type { EmbeddingModel } from '../../src/index.js';
import type { ParityCase } from '../case.js';
import { type Implementation, OURS } from '../implementation.js';

export type LossClass = Implementation['losses'][string];
export type NamedFunction = Implementation['functions'][string];

/** A wrong variant of a loss: a comparison that passes it is blind to that mistake. */
export interface Mutant {
  /** NAME/MISTAKE, unique in the whole table */
  readonly id: string;
  /** What it is a variant of: a loss, a wrapper, a regularizer, or a named function. */
  readonly loss: string;
  /** The mistake. */
  readonly what: string;
  /** This package's own implementation, with this one replacement. */
  readonly implementation: Implementation;
  /** The cases that it takes part in. Default: those of the loss or wrapper `loss`, except bad inputs. */
  readonly cells?: (testCase: ParityCase) => boolean;
  /** Why no case can distinguish it from the right one. */
  readonly equivalent?: string;
}

/** The variants of one loss or function. */
export interface Topic {
  readonly mutants: readonly Mutant[];
  /**
   * The same restatement of the formula without a mistake. It must survive, or the mutants could die of something else.
   */
  readonly controls: readonly Mutant[];
}

/** One line of a table: the mistake, and the steps that differ from the right ones. */
export interface Mistake<Steps> {
  readonly what: string;
  readonly steps: Partial<Steps>;
  readonly equivalent?: string;
}

/** Mutants of a loss that is restated in steps, each of which a mistake can replace. */
export function stepwise<Steps extends object>(
  loss: string,
  restate: (wrong: Partial<Steps>) => LossClass,
  mistakes: Readonly<Record<string, Mistake<Steps>>>,
): Topic {
  const mutants = Object.entries(mistakes).map(([id, { what, steps, equivalent }]) => ({
    ...lossMutant(loss, id, what, restate(steps)),
    ...(equivalent === undefined ? {} : { equivalent }),
  }));
  return { mutants, controls: [lossMutant(loss, 'restated', 'nothing is wrong', restate({}))] };
}

export function lossMutant(loss: string, id: string, what: string, Class: LossClass): Mutant {
  return { id: `${loss}/${id}`, loss, what, implementation: withLosses({ [loss]: Class }) };
}

export function withLosses(losses: Implementation['losses']): Implementation {
  return { ...OURS, losses: { ...OURS.losses, ...losses } };
}

/** The loss with another default for one option. */
export function wrongDefault(loss: string, option: string, value: unknown): Mutant {
  const Class = defaulting(ownLoss(loss), option, value);
  return lossMutant(loss, `default-${option}`, `${option} is ${String(value)} where it is not given`, Class);
}

export function ownLoss(name: string): LossClass {
  const Class = OURS.losses[name];
  if (Class === undefined) throw new RangeError(`a mutant is of ${name}, which is not among the losses`);
  return Class;
}

export function defaulting(Right: LossClass, option: string, value: unknown): LossClass {
  return class extends Right {
    constructor(model: EmbeddingModel, options: object) {
      super(model, { [option]: value, ...options } as never);
    }
  };
}
