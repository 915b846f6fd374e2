import type { BaseLossName, FormatId, WrapperName } from '../../src/api/losses.js';
import type { TokenizerInput } from '../../src/api/modules.js';
import type { CaseOptions, CaseTensor } from '../case.js';

/** What is compared of a model: what its modules make, what it encodes, or the gradients of a wrapper to its parameters. */
export type ModelCheck = 'features' | 'encode' | WrapperName;

/** Texts that go through the model together. */
export interface TextColumn {
  readonly texts: readonly TokenizerInput[];
  /** Empty: none. */
  readonly prompt: string;
  /** Which route a Router takes. */
  readonly task: 'query' | 'document' | null;
}

/** A wrapper around a base loss, as parity/case.ts has them. */
export interface CaseLoss {
  readonly loss: BaseLossName;
  readonly lossOptions: CaseOptions;
  readonly wrapper: WrapperName;
  readonly wrapperOptions: CaseOptions;
  readonly format: FormatId;
  readonly labels: CaseTensor | null;
}

/** One comparison of a model, without the model. */
export interface ModelCase {
  /** `model/NAME/CHECK[/LOSS/FORMAT]`, what `--path` takes together with `--seed`. */
  readonly path: string;
  readonly check: ModelCheck;
  readonly columns: readonly TextColumn[];
  /** Option of `encode`. */
  readonly batchSize: number;
  readonly loss?: CaseLoss;
}

export const MODEL_PATH = 'model/';
