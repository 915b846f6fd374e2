import { aRetrievalTask, type RetrievalTask } from '../evaluation/retrieval-task.js';
import {
  countFrom,
  countWithin,
  flag,
  nullable,
  oneOf,
  type OptionRules,
  type ResolvedBy,
  resolveOptions,
  strings,
} from '../options.js';
import {
  type ExportFormat,
  FORMATS,
  OPSETS,
  type Precision,
  PRECISIONS,
  type Target,
  TARGETS,
} from './formats.js';
import { aName, aProgress, aTruncation } from './verification/verify-options.js';

export interface ExportOptions {
  /** The folder to write. */
  readonly output: string;
  /** The outputs of the graph. Default `sparse`. */
  readonly format?: ExportFormat;
  /** Default `fp32`. */
  readonly precision?: Precision;
  /**
   * Where the graph is meant to run. Default `any`. `cpu` is for SPLADE models in fp32 with format sparse or dense: it
   * gives the same embeddings in less time, on processors only.
   */
  readonly target?: Target;
  /** Whether outputs of precision fp16 are still float32. Default false. */
  readonly floatOutputs?: boolean;
  /** Version of the standard operator set. Default 18. */
  readonly opset?: number;
  /** The most active dimensions of an embedding. Default: the encoder's own limit. */
  readonly maxActiveDims?: number;
  /** Texts to verify the files on, besides the built-in ones. */
  readonly verify?: readonly string[];
  /** A task on which to compare the rankings and the speed of the encoder and the files. */
  readonly retrieval?: RetrievalTask;
  /** Whether to replace an existing exported folder. Default false. */
  readonly force?: boolean;
  /** The name of the model in the certificate and on the card. */
  readonly source?: string;
  /** Called with the present step, and the share of the whole that is done. */
  readonly onProgress?: (what: string, done: number) => void;
  /** Called for each text of `verify` that is truncated to the encoder's limit of tokens, as in `verifyOnnx`. */
  readonly onTruncate?: (text: number) => void;
}

type Given = { readonly [K in keyof ExportOptions]-?: ExportOptions[K] | null };

export const EXPORT_RULES = {
  output: aName,
  format: oneOf(Object.keys(FORMATS) as ExportFormat[], 'sparse'),
  precision: oneOf(Object.keys(PRECISIONS) as Precision[], 'fp32'),
  target: oneOf(Object.keys(TARGETS) as Target[], 'any'),
  floatOutputs: flag(false),
  opset: countWithin(OPSETS.oldest, OPSETS.newest, OPSETS.default),
  maxActiveDims: nullable(countFrom(1)),
  verify: strings([]),
  retrieval: nullable(aRetrievalTask),
  force: flag(false),
  source: nullable(aName),
  onProgress: nullable(aProgress),
  onTruncate: nullable(aTruncation),
} satisfies OptionRules<Given>;

export type ResolvedExportOptions = ResolvedBy<typeof EXPORT_RULES>;

/** @throws OptionError if an option is unknown or of the wrong type */
export function resolveExportOptions(options: ExportOptions): ResolvedExportOptions {
  return resolveOptions('exportOnnx', EXPORT_RULES, options);
}
