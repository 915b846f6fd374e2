import type { Reference } from '../../src/python/bridge.js';
import type { Mismatch } from '../compare.js';

/** The prefix of a check's path. */
export const TRAINING_PATH = 'training/';

/** One step, as both trainers computed it. */
export interface StepCompared {
  readonly step: number;
  readonly ours: number;
  readonly reference: number;
  /** The largest ratio among everything that is compared at this step. */
  readonly ratio: number;
}

export interface TrainingResult {
  readonly name: string;
  readonly model: string;
  readonly loss: string;
  readonly wrapper: string;
  readonly steps: number;
  readonly cases: number;
  readonly failures: readonly { readonly path: string; readonly mismatch: Mismatch }[];
  /** Our worst error over PyTorch's, over the losses, components, norms, learning rates and weights of all steps. */
  readonly valueRatio: number;
  /** The same ratio for parameters and moments. */
  readonly parameterRatio: number;
  /** nDCG@10 of the trained models. */
  readonly ndcg10?: { readonly ours: number; readonly reference: number };
  /** The loss of each step. */
  readonly curve: readonly StepCompared[];
  readonly seconds: number;
}

/** A wrong variant of the trainer. A check that lets it pass is blind to that mistake. */
export interface Mutant {
  /** PART/MISTAKE, unique in the whole table */
  readonly id: string;
  readonly what: string;
}

export interface CheckContext {
  readonly reference: Pick<Reference, 'call'>;
  /** The folder for models. */
  readonly work: string;
  readonly steps: number;
}

export interface Judged {
  readonly result: TrainingResult;
  /** The mutants that the check does not distinguish from the right trainer. */
  readonly survivors: (mutants: readonly Mutant[], onMutant?: (id: string) => void) => Promise<Mutant[]>;
  readonly dispose?: () => Promise<void>;
}

/** One check of training. */
export interface TrainingCheck {
  readonly name: string;
  readonly mutants: readonly Mutant[];
  readonly judge: (context: CheckContext) => Promise<Judged>;
}
