import { readable } from './printable.js';

/** Who can do something about an error. The exit code of a command follows from it. */
export type ErrorKind = 'usage' | 'input' | 'environment' | 'finding';

/**
 * What all errors of this package are: whatever a file, a hub or a text has put into the message, it does not steer the
 * terminal that it is printed on, and does not fill it.
 */
export class ReadableError extends Error {
  /** undefined for a fault of this package itself. */
  readonly kind: ErrorKind | undefined = undefined;

  constructor(message: string, options?: ErrorOptions) {
    super(readable(message), options);
  }
}

/** A constructor option is unknown, of the wrong kind or out of range. */
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

  /** The one option that is wrong, and what is wrong with it, where that is known. */
  get option(): { readonly name: string; readonly problem: string } | undefined {
    return this.#option;
  }
}

/** Tensors, features, labels or rows that a function cannot take. Raised before anything is computed. */
export class InputError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'InputError';
}

/** A call that can never work, whatever the data: for instance `forward` of a loss that needs a wrapper. */
export class UsageError extends ReadableError {
  override readonly kind = 'usage';
  override readonly name = 'UsageError';
}

/** A file of a model cannot be used as it is: damaged, of the wrong shape, or not what the others say. */
export class ModelFileError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'ModelFileError';
}

/** A model is neither on this machine nor to be had from the hub: no network, no such model, no permission. */
export class DownloadError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'DownloadError';
}

/** A file cannot be written: its disk is full, or fails. */
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

/** The model made an embedding that cannot be one, such as one with NaN. */
export class EmbeddingError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'EmbeddingError';
  /** Place of its text in the input, from 0. */
  readonly text: number;
  /** What is wrong, without the text. */
  readonly reason: string;

  /** @param place what the message calls the text */
  constructor(
    text: number,
    reason: string,
    { place = `text ${text}`, ...options }: ErrorOptions & { place?: string } = {},
  ) {
    super(`${place}: ${reason}`, options);
    this.text = text;
    this.reason = reason;
  }

  /** The same of an input in which the text has another place, or a name. */
  at(text: number, place?: string): EmbeddingError {
    return new EmbeddingError(text, this.reason, { cause: this, ...(place !== undefined && { place }) });
  }
}
