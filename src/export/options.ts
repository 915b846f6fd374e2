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
  /** What the graph gives; `sparse` unless given. */
  readonly format?: ExportFormat;
  /** `fp32` unless given. */
  readonly precision?: Precision;
  /**
   * Where the graph is to run; `any` unless given. `cpu` is for SPLADE models in fp32 of format sparse or dense: the same
   * embeddings in less time, on processors only.
   */
  readonly target?: Target;
  /** Whether outputs of precision fp16 are float32 nevertheless. Default false. */
  readonly floatOutputs?: boolean;
  /** Version of the standard operator set; 18 unless given. */
  readonly opset?: number;
  /** Most active dimensions of an embedding; the encoder's own limit unless given. */
  readonly maxActiveDims?: number;
  /** Texts to try the files on, besides those that every file is tried on. */
  readonly verify?: readonly string[];
  /** On which the rankings of the encoder and of the files are compared, and how fast both are. */
  readonly retrieval?: RetrievalTask;
  /** Whether an exported folder that is there is replaced. Default false. */
  readonly force?: boolean;
  /** What the certificate and the card call the model. */
  readonly source?: string;
  /** Told what is being done, and which share of the whole is. */
  readonly onProgress?: (what: string, done: number) => void;
  /** Told of each text of `verify` that is cut to the encoder's limit of tokens, as `verifyOnnx` tells it. */
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

/** @throws OptionError for options that are unknown or of the wrong kind */
export function resolveExportOptions(options: ExportOptions): ResolvedExportOptions {
  return resolveOptions('exportOnnx', EXPORT_RULES, options);
}
