const MIB = 2 ** 20;

/** The contents of one kind of file in a model's folder, and its limits. */
export interface FileLimits {
  /** The expectation in an error message. */
  readonly expected: string;
  readonly bytes: number;
  /** Numbers, strings, lists, objects and keys of a JSON text: its memory grows with them. */
  readonly values?: number;
}

/**
 * Limits of the files of a model's folder, by kind. Each is well above the largest file of published models, and keeps
 * the memory for loading below four times the file's size plus 300 MB.
 */
export const FILE_LIMITS = {
  /** modules.json: published ones have up to 6 modules. */
  modules: { expected: 'JSON', bytes: MIB, values: 10_000 },
  /** config.json and every other small description. */
  config: { expected: 'JSON', bytes: 4 * MIB, values: 200_000 },
  /** tokenizer.json: the largest published one has 35 MB and 2.6 million values. */
  tokenizer: { expected: 'a tokenizer in JSON', bytes: 64 * MIB, values: 6_000_000 },
  /** vocab.json, added_tokens.json. */
  vocabulary: { expected: 'JSON', bytes: 32 * MIB, values: 2_000_000 },
  /** vocab.txt, merges.txt. */
  tokenList: { expected: 'a list of tokens', bytes: 32 * MIB },
  /** idf.json: two values for each token. */
  tokenWeights: { expected: 'JSON', bytes: 32 * MIB, values: 1_000_000 },
  sentencePiece: { expected: 'a SentencePiece model', bytes: 32 * MIB },
  readme: { expected: 'a model card', bytes: 8 * MIB },
  weightsIndex: { expected: 'JSON', bytes: 32 * MIB, values: 400_000 },
  /** Data may be as large as memory allows. For the header see `MAX_HEADER_BYTES` and `MAX_HEADER_VALUES`. */
  weights: { expected: 'a safetensors file', bytes: Infinity },
  /** A protocol buffer cannot be larger. */
  onnx: { expected: 'an ONNX model', bytes: 2048 * MIB },
  /** Weights beside an ONNX model, read in the parts that its tensors name. */
  externalData: { expected: 'weights of an ONNX model', bytes: Infinity },
} as const satisfies Readonly<Record<string, FileLimits>>;

/** Modules of a model and of each of its Routers: published models have up to 6. */
export const MAX_MODULES = 64;

/**
 * By what factor an operator of an exported ONNX file may make its result larger than its input: the product of the
 * sizes in the file. The vocabularies of published models have up to 2^18 tokens.
 */
export const MAX_SIZE_FACTOR = 2 ** 24;

/** The most new parameters for a model whose files lack them. Only the config determines their number. */
export const MAX_NEW_PARAMETERS = 2 ** 25;

export type FileKind = keyof typeof FILE_LIMITS;
/** Kinds of files that contain JSON. */
export type JsonKind = {
  [K in FileKind]: (typeof FILE_LIMITS)[K] extends { values: number } ? K : never;
}[FileKind];
