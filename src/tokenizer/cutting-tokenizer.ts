import type { NativeTokenizer } from './native-library.js';
import { SharedSetting } from './shared-setting.js';

/** The largest length that the library is given; it is as good as none. */
const LONGEST = 2 ** 31 - 1;

/** A native tokenizer whose length calls set for themselves, and which does not pad. */
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

  /** Does something with the tokenizer while it cuts texts to this number of tokens. */
  run<T>(maxLength: number, use: (native: NativeTokenizer) => Promise<T>): Promise<T> {
    return this.#maxLength.hold(maxLength, () => use(this.native));
  }
}
