import { aFunction, anAbortSignal, aText, flag, nullable, type OptionRules } from '../../options.js';

export interface PushOptions {
  /** A token with write access. Default: HF_TOKEN, or the one that `hf auth login` has stored. */
  readonly token?: string | null;
  /** Whether a new repository is private. Default: as the organization has it, mostly public. */
  readonly private?: boolean | null;
  /** Default: "Add new SparseEncoder model". */
  readonly commitMessage?: string;
  /** Whether the repository may exist. Its other files stay. */
  readonly existOk?: boolean;
  /** Whether to replace the card of an existing repository. */
  readonly replaceModelCard?: boolean;
  /** The branch to push to; it is made if it does not exist. Default: main. */
  readonly revision?: string | null;
  /** Whether to open a pull request instead of changing the branch. The repository may then exist. */
  readonly createPr?: boolean;
  /** Called with the share that is done, from 0 to 1. */
  readonly onProgress?: ((done: number) => void) | null;
  /** Ends the upload with the signal's reason. Nothing is visible on the hub before the last step. */
  readonly signal?: AbortSignal | null;
}

export const PUSH_RULES: OptionRules<Required<PushOptions>> = {
  token: nullable(aText),
  private: nullable(flag(false)),
  commitMessage: { ...aText, default: 'Add new SparseEncoder model' },
  existOk: flag(false),
  replaceModelCard: flag(false),
  revision: nullable(aText),
  createPr: flag(false),
  onProgress: nullable(aFunction('a function of the share that is done')),
  signal: nullable(anAbortSignal),
};
