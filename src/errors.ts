import { readable } from './printable.js';

/** Who can fix an error. The exit code of a command follows from it. */
export type ErrorKind = 'usage' | 'input' | 'environment' | 'finding';

/**
 * The base of all errors of this package. Its message is safe for a terminal: whatever a file, a hub or a text put into
 * it, it has no control characters and a bounded length.
 */
export class ReadableError extends Error {
  /** undefined for a bug in this package. */
  readonly kind: ErrorKind | undefined = undefined;

  constructor(message: string, options?: ErrorOptions) {
    super(readable(message), options);
  }
}

/** An option is unknown, of the wrong type or out of range. */
export class OptionError extends ReadableError {
  override readonly kind = 'usage';
  override readonly name = 'OptionError';
  readonly #option: { readonly name: string; readonly problem: string } | undefined;

  constructor(
    message: string,
    { option, ...rest }: ErrorOptions & Partial<Pick<OptionError, 'option'>> = {},
  ) {
    super(message, rest);
    this.#option = option && { ...option, problem: readable(option.problem) };
  }

  /** The wrong option and what is wrong with it, if that is known. */
  get option(): { readonly name: string; readonly problem: string } | undefined {
    return this.#option;
  }
}

/** A function cannot take these tensors, features, labels or rows. Thrown before anything is computed. */
export class InputError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'InputError';
}

/** A call that can never work, whatever the data, such as `forward` of a loss that needs a wrapper. */
export class UsageError extends ReadableError {
  override readonly kind = 'usage';
  override readonly name = 'UsageError';
}

/** A file of a model cannot be used: it is damaged, has the wrong shape, or contradicts other files. */
export class ModelFileError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'ModelFileError';
}

/** A model is not on this machine and cannot be downloaded: no network, no such model, no permission. */
export class DownloadError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'DownloadError';
}

/** A model cannot be published: no network, no permission, or the repository is there already. */
export class UploadError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'UploadError';
}

/** A file cannot be written: its disk is full or fails. */
export class WriteError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'WriteError';
  /** The system's code: ENOSPC, EIO, ... */
  readonly code: string | undefined;
  readonly path: string;

  constructor(path: string, cause: NodeJS.ErrnoException) {
    super(`${path} cannot be written: ${cause.message}`, { cause });
    this.code = cause.code;
    this.path = path;
  }
}

/** The model computed an invalid embedding, such as one with NaN. */
export class EmbeddingError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'EmbeddingError';
  /** Position of its text in the input, from 0. */
  readonly text: number;
  /** What is wrong, without the text itself. */
  readonly reason: string;

  /** @param place how the message refers to the text */
  constructor(
    text: number,
    reason: string,
    { place = `text ${text}`, ...options }: ErrorOptions & { place?: string } = {},
  ) {
    super(`${place}: ${reason}`, options);
    this.text = text;
    this.reason = reason;
  }

  /** The same error for an input in which the text has another position or name. */
  at(text: number, place?: string): EmbeddingError {
    return new EmbeddingError(text, this.reason, { cause: this, ...(place !== undefined && { place }) });
  }
}
