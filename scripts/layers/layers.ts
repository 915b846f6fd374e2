/** A part of the source, and the rooms that it is built on. */
export interface Room {
  /** Its folder or its files, from the root of the package. The longest matching path decides. */
  readonly paths: readonly string[];
  readonly what: string;
  /** Rooms that its files may import besides their own. */
  readonly uses: readonly string[];
}

/**
 * Every room of the source, from the ground up: a room uses only rooms above it in this table. A test checks every
 * import against it, and ARCHITECTURE.md is generated from it.
 */
export const LAYERS: Readonly<Record<string, Room>> = {
  base: {
    paths: ['src'],
    what: 'errors, options and their checks, warnings, progress, random choices, lifetimes, threads',
    uses: [],
  },
  files: { paths: ['src/files'], what: 'reads and writes JSON, safetensors, model folders', uses: ['base'] },
  shell: {
    paths: ['src/shell'],
    what: 'what every command line has: start and end, exit codes, options, help, tables, messages',
    uses: ['base'],
  },
  html: {
    paths: ['src/html'],
    what: 'pages of one HTML file, tables and charts in them, drawings as SVG',
    uses: [],
  },
  python: {
    paths: ['src/python'],
    what: 'a Python environment of its own, and a Python process that answers calls',
    uses: ['base', 'files'],
  },
  state: { paths: ['src/state'], what: 'notes which settings a recorded function read', uses: ['base'] },
  ops: {
    paths: ['src/ops'],
    what: 'differentiable operations that tfjs lacks or gets wrong',
    uses: ['base'],
  },
  contract: {
    paths: ['src/features.ts', 'src/observed-embeddings.ts', 'src/similarity.ts'],
    what: 'what a loss expects of a model; the similarity functions',
    uses: ['base', 'ops'],
  },
  onnx: { paths: ['src/onnx'], what: 'ONNX models as data: read, write, rewrite', uses: ['base', 'files'] },
  data: {
    paths: ['src/data'],
    what: 'reads texts from files of every format; converts training data from format to format',
    uses: ['base', 'files'],
  },
  tokenizer: { paths: ['src/tokenizer'], what: 'texts to token ids', uses: ['base', 'files'] },
  sparse: {
    paths: ['src/sparse'],
    what: 'sparse matrices: search, similarity, explanations, payloads',
    uses: ['base', 'files', 'data', 'tokenizer'],
  },
  engine: {
    paths: ['src/engine'],
    what: 'the tfjs backend `onnx`: records kernels, runs them with ONNX Runtime; `compile`',
    uses: ['base', 'state', 'ops', 'onnx'],
  },
  losses: {
    paths: ['src/losses'],
    what: 'every loss, and the table of data formats',
    uses: ['base', 'state', 'ops', 'contract'],
  },
  modules: {
    paths: ['src/modules'],
    what: 'transformers, poolings, auto-encoders, routers: what a model is made of',
    uses: ['base', 'files', 'state', 'ops', 'contract', 'tokenizer'],
  },
  datasets: {
    paths: ['src/datasets'],
    what: 'training data: data sets of rows, their columns and labels, batch samplers, collation',
    uses: ['base', 'files', 'contract', 'data', 'losses', 'modules'],
  },
  training: {
    paths: ['src/training'],
    what: 'the optimizer, its binding to the parameters of a model, schedules, the compiled loss with its gradients',
    uses: ['base', 'contract', 'engine', 'losses'],
  },
  evaluation: {
    paths: ['src/evaluation'],
    what: 'retrieval tasks and how to read them; measures of rankings',
    uses: ['base', 'files', 'data'],
  },
  encoder: {
    paths: ['src/encoder'],
    what: 'SparseEncoder and EncoderPool: load, encode, save',
    uses: ['base', 'files', 'state', 'ops', 'contract', 'onnx', 'tokenizer', 'sparse', 'engine', 'modules'],
  },
  evaluators: {
    paths: ['src/evaluators'],
    what: 'classes that measure an encoder: retrieval, reranking and others, with the sparsity of the embeddings',
    uses: ['base', 'files', 'contract', 'sparse', 'evaluation', 'encoder'],
  },
  trainer: {
    paths: ['src/trainer'],
    what: 'SparseEncoderTrainer: arguments, loop, callbacks, evaluation while training, checkpoints',
    uses: [
      'base',
      'files',
      'contract',
      'sparse',
      'engine',
      'losses',
      'datasets',
      'training',
      'encoder',
      'evaluators',
    ],
  },
  mining: {
    paths: ['src/mining'],
    what: 'hard negatives by exact search; conversions between formats of training data',
    uses: ['base', 'contract', 'data', 'sparse', 'losses', 'datasets', 'encoder'],
  },
  export: {
    paths: ['src/export'],
    what: 'writes an encoder as ONNX files and verifies them',
    uses: [
      'base',
      'files',
      'contract',
      'onnx',
      'tokenizer',
      'sparse',
      'engine',
      'modules',
      'evaluation',
      'encoder',
    ],
  },
  api: {
    paths: ['src/index.ts', 'src/api'],
    what: 'the names that the package exports',
    uses: [
      'base',
      'state',
      'ops',
      'contract',
      'tokenizer',
      'sparse',
      'engine',
      'losses',
      'modules',
      'data',
      'datasets',
      'training',
      'evaluation',
      'encoder',
      'evaluators',
      'trainer',
      'mining',
      'export',
    ],
  },
  cli: {
    paths: ['src/cli'],
    what: 'the command `sparse-encoder`',
    uses: [
      'base',
      'html',
      'files',
      'shell',
      'data',
      'sparse',
      'engine',
      'losses',
      'modules',
      'datasets',
      'evaluation',
      'encoder',
      'evaluators',
      'trainer',
      'mining',
      'export',
    ],
  },
  parity: {
    paths: ['parity'],
    what: 'judges losses, models and training by the Python reference; the command `sparse-encoder-parity`',
    uses: ['base', 'html', 'shell', 'python', 'ops', 'losses', 'modules', 'encoder', 'trainer', 'api'],
  },
};
