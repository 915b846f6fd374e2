import { EngineUnavailableError, OutOfMemoryError, ProgramError } from '../../engine/errors.js';
import {
  DownloadError,
  EmbeddingError,
  InputError,
  ModelFileError,
  OptionError,
  UsageError,
} from '../../errors.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { TokenizerUnavailableError } from '../../tokenizer/native-library.js';
import type { TokenizerInput } from '../../tokenizer/tokenizer.js';
import type { EncodeOptions } from '../encode-options.js';
import type { LoadOptions } from '../settings.js';

/** The method of the encoder for a job. */
export type EncodeMethod = 'encode' | 'encodeQuery' | 'encodeDocument';

/** Options that can be passed to the thread, since they are plain data. */
export type JobOptions = Omit<
  EncodeOptions,
  'batchSize' | 'signal' | 'onProgress' | 'onTruncate' | 'showProgressBar'
>;

/** The input of a new thread. */
export interface ThreadData {
  readonly path: string;
  readonly options: Omit<LoadOptions, 'signal' | 'onDownload'>;
  readonly threads: number | null;
}

/** Texts that go through the model together. */
export interface Job {
  readonly id: number;
  readonly method: EncodeMethod;
  readonly texts: readonly TokenizerInput[];
  readonly options: JobOptions;
}

export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** The fields of an EmbeddingError. */
  readonly embedding?: { readonly text: number; readonly reason: string };
}

/** A message of the thread: the model is open, or the outcome of a job. */
export type Answer =
  | { readonly kind: 'opened'; readonly dimension: number | undefined }
  | { readonly kind: 'refused'; readonly error: PackedError }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'embedded'; readonly id: number; readonly matrix: SparseMatrix }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PackedError };

/** Errors keep their class between threads, which a structured clone loses. */
const CLASSES = {
  DownloadError,
  EngineUnavailableError,
  InputError,
  ModelFileError,
  OptionError,
  OutOfMemoryError,
  ProgramError,
  TokenizerUnavailableError,
  UsageError,
};

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const { name, message, stack } = error;
  if (!(error instanceof EmbeddingError)) return { name, message, stack };
  return { name, message, stack, embedding: { text: error.text, reason: error.reason } };
}

/** @returns an error of the same class, whose cause has the stack of the thread */
export function unpackError({ name, message, stack, embedding }: PackedError): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  if (embedding !== undefined) return new EmbeddingError(embedding.text, embedding.reason, { cause });
  const Class = CLASSES[name as keyof typeof CLASSES] ?? Error;
  return new Class(message, { cause });
}
