import type { NativeTokenizer } from './native-library.js';
import { SharedSetting } from './shared-setting.js';

/** The largest length that the library accepts; it amounts to no limit. */
const LONGEST = 2 ** 31 - 1;

/** A native tokenizer without padding. Each call sets its own maximum length. */
export class CuttingTokenizer {
  readonly native: NativeTokenizer;
  readonly #maxLength: SharedSetting<number>;

  constructor(native: NativeTokenizer, direction: 'left' | 'right') {
    native.disablePadding();
    native.disableTruncation();
    this.native = native;
    this.#maxLength = new SharedSetting((maxLength) => {
      if (maxLength >= LONGEST) native.disableTruncation();
      else native.setTruncation(maxLength, { direction });
    });
  }

  /** Runs a task with the tokenizer while it truncates texts to this number of tokens. */
  run<T>(maxLength: number, use: (native: NativeTokenizer) => Promise<T>): Promise<T> {
    return this.#maxLength.hold(maxLength, () => use(this.native));
  }
}
