import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** From this many bytes on, a separate write costs less than a copy. */
const IN_PLACE = 4096;

/** Consecutive bytes of a file: small parts are gathered into blocks, large parts stay separate. */
export class Pieces {
  /** Position in the file after the last part. */
  end: number;
  readonly #pieces: Uint8Array[] = [];
  #block = new BinaryWriter();
  #blockLength = 0;

  constructor(start: number) {
    this.end = start;
  }

  add(bytes: Uint8Array): void {
    this.end += bytes.length;
    if (bytes.length < IN_PLACE) {
      this.#block.raw(bytes);
      this.#blockLength += bytes.length;
    } else {
      this.#closeBlock();
      this.#pieces.push(bytes);
    }
  }

  finish(): Uint8Array[] {
    this.#closeBlock();
    return this.#pieces;
  }

  #closeBlock(): void {
    if (this.#blockLength > 0) this.#pieces.push(this.#block.finish());
    this.#block = new BinaryWriter();
    this.#blockLength = 0;
  }
}
