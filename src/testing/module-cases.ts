import type { ForwardOptions } from '../modules/module.js';
import { randomMatrix } from './matrices.js';

export interface Numbers {
  readonly type: 'float32' | 'int32';
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** A module and its inputs, under the reference's names. */
export interface ModuleCase {
  readonly module: string;
  /** The content of its config file. */
  readonly options: Record<string, string | number | boolean | string[]>;
  readonly vocabulary?: number;
  readonly mode: ForwardOptions['mode'];
  readonly maxActiveDims?: number;
  /** The features of each forward pass. For a module with state they differ. */
  readonly steps: readonly Readonly<Record<string, Numbers>>[];
  readonly features?: Record<string, number>;
}

let seed = 0;

function floats(...shape: number[]): Numbers {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return { type: 'float32', shape, values: randomMatrix(++seed, 1, size).flat() };
}

const ints = (rows: readonly (readonly number[])[]): Numbers => ({
  type: 'int32',
  shape: [rows.length, rows[0]?.length ?? 0],
  values: rows.flat(),
});

const CSR = { input_dim: 8, hidden_dim: 32, k: 3, k_aux: 6, normalize: false, dead_threshold: 5 };

function csr(options: object, mode: ModuleCase['mode'], rest: Partial<ModuleCase> = {}): ModuleCase {
  const steps = Array.from({ length: 5 }, () => ({ sentence_embedding: floats(3, 8) }));
  return { module: 'SparseAutoEncoder', options: { ...CSR, ...options }, mode, steps, ...rest };
}

const RIGHT = [
  [1, 1, 1, 1, 0],
  [1, 1, 0, 0, 0],
  [1, 1, 1, 1, 1],
];
const LEFT = RIGHT.map((row) => row.toReversed());
const NOTHING = [...RIGHT.slice(1), [0, 0, 0, 0, 0]];
const POOLINGS = ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'];

function pooled(mode: string | string[], mask: number[][], prompt?: number): ModuleCase {
  return {
    module: 'Pooling',
    options: { embedding_dimension: 4, pooling_mode: mode, include_prompt: prompt === undefined },
    mode: 'eval',
    steps: [{ token_embeddings: floats(3, 5, 4), attention_mask: ints(mask) }],
    ...(prompt !== undefined && { features: { prompt_length: prompt } }),
  };
}

function dense(options: object, feature = 'sentence_embedding'): ModuleCase {
  const input = feature === 'token_embeddings' ? floats(2, 3, 6) : floats(4, 6);
  return {
    module: 'Dense',
    options: { in_features: 6, out_features: 5, module_input_name: feature, ...options },
    mode: 'eval',
    steps: [{ [feature]: input }],
  };
}

const torch = (name: string): object => ({ activation_function: `torch.nn.modules.activation.${name}` });

const IDS = ints([
  [3, 5, 3, 1, 0],
  [2, 0, 0, 0, 0],
  [4, 4, 4, 6, 5],
]);

function staticEmbedding(options: ModuleCase['options'], earlier: boolean): ModuleCase {
  const features = {
    input_ids: IDS,
    attention_mask: ints([
      [1, 1, 1, 1, 0],
      [1, 0, 0, 0, 0],
      [1, 1, 1, 1, 1],
    ]),
  };
  return {
    module: 'SparseStaticEmbedding',
    options,
    vocabulary: 9,
    mode: 'eval',
    steps: [earlier ? { ...features, sentence_embedding: floats(3, 9) } : features],
  };
}

const DENSE_ACTIVATIONS = ['Tanh', 'ReLU', 'LeakyReLU', 'ELU', 'GELU', 'SiLU', 'Sigmoid', 'Softplus'];

export const MODULE_CASES: readonly ModuleCase[] = [
  csr({}, 'train'),
  csr({}, 'eval'),
  csr({}, 'inference'),
  csr({ k: 9, k_aux: 40 }, 'inference'),
  csr({ normalize: true }, 'train'),
  csr({ normalize: true }, 'inference'),
  csr({ k_aux: 0 }, 'train'),
  csr({ dead_threshold: 3 }, 'train', { maxActiveDims: 2 }),
  csr({ k: 8, k_aux: 32 }, 'train'),
  ...POOLINGS.flatMap((mode) => [
    pooled(mode, RIGHT),
    pooled(mode, LEFT),
    pooled(mode, RIGHT, 1),
    pooled(mode, LEFT, 2),
    pooled(mode, NOTHING, 0),
  ]),
  pooled(POOLINGS, NOTHING),
  ...DENSE_ACTIVATIONS.map((name) => dense(torch(name))),
  dense({ activation_function: 'torch.nn.modules.linear.Identity', bias: false, use_residual: true }),
  dense({ out_features: 6, use_residual: true, module_output_name: 'dense_embedding' }),
  dense({}, 'token_embeddings'),
  ...[floats(4, 6), { ...floats(1, 6), values: [0, 0, 0, 0, 0, 0] }].map(
    (sentence_embedding): ModuleCase => ({
      module: 'Normalize',
      options: { module_input_name: 'sentence_embedding', module_output_name: 'unit_embedding' },
      mode: 'eval',
      steps: [{ sentence_embedding }],
    }),
  ),
  {
    module: 'Normalize',
    options: { module_input_name: 'token_embeddings' },
    mode: 'eval',
    steps: [{ token_embeddings: floats(2, 3, 4) }],
  },
  staticEmbedding({ frozen: false }, false),
  staticEmbedding({ frozen: false }, true),
  staticEmbedding({ frozen: true }, true),
];
