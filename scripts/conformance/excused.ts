/** A spec that the onnx engine fails by design. */
export interface Excuse {
  /** Test file, as a path inside tfjs-core's dist. */
  file: string;
  /** What the spec's full name contains. */
  pattern: RegExp;
  reason: string;
  /** What each of its failures has to say for the excuse to hold. */
  error: RegExp;
}

export interface Excuses {
  specs: readonly Excuse[];
  /** Kernels, as UnsupportedKernelError names them, that the engine declines, and why. */
  kernels: Readonly<Record<string, string>>;
}

const STRINGS = 'string tensors';

/** What the engine merely has no kernel for yet needs no excuse: it is counted as unsupported. */
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
