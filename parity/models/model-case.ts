import type { BaseLossName, FormatId, WrapperName } from '../../src/api/losses.js';
import type { TokenizerInput } from '../../src/api/modules.js';
import type { CaseOptions, CaseTensor } from '../case.js';

/**
 * What is compared of a model: the features of its modules, its embeddings, or the gradients of a wrapper with respect
 * to its parameters.
 */
export type ModelCheck = 'features' | 'encode' | WrapperName;

/** Texts that go through the model together. */
export interface TextColumn {
  readonly texts: readonly TokenizerInput[];
  /** Empty means none. */
  readonly prompt: string;
  /** The route to take in a Router. */
  readonly task: 'query' | 'document' | null;
}

/** A wrapper around a base loss, as in parity/case.ts. */
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
  /** `model/NAME/CHECK[/LOSS/FORMAT]`, the argument of `--path` together with `--seed`. */
  readonly path: string;
  readonly check: ModelCheck;
  readonly columns: readonly TextColumn[];
  /** The option of `encode`. */
  readonly batchSize: number;
  readonly loss?: CaseLoss;
}

export const MODEL_PATH = 'model/';
