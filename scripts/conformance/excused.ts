/** A spec that the onnx engine fails by design. */
export interface Excuse {
  /** Test file, as a path inside tfjs-core's dist. */
  file: string;
  /** A part of the spec's full name. */
  pattern: RegExp;
  reason: string;
  /** What each of its failures must contain for the excuse to hold. */
  error: RegExp;
}

export interface Excuses {
  specs: readonly Excuse[];
  /**
   * Kernels that the engine deliberately does not support, by their names in UnsupportedKernelError, with the reasons.
   */
  kernels: Readonly<Record<string, string>>;
}

const STRINGS = 'string tensors';

/** A kernel that the engine merely lacks so far needs no excuse: its specs count as unsupported. */
export const EXCUSED: Excuses = {
  specs: [
    {
      file: 'ops/exp_test.js',
      pattern: / int32$/,
      reason: 'exp(10) is asked for more precisely than float32 can hold it',
      error: /actual\[0\] = 22026\.466796875, expected\[0\] = 22026\.4657948/,
    },
  ],
  kernels: {
    Complex: 'complex64',
    string: STRINGS,
    StaticRegexReplace: STRINGS,
    StringNGrams: STRINGS,
    StringSplit: STRINGS,
    StringToHashBucketFast: STRINGS,
  },
};

export const NO_EXCUSES: Excuses = { specs: [], kernels: {} };
