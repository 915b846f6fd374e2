import type { Features, Module } from '../../src/api/modules.js';
import { detach } from '../../src/ops/detach.js';
import { tf } from '../../src/tf.js';
import { adding, doing, type ModelMutant, remade, replace, seeing } from './mutant.js';

const without =
  (dropped: string) =>
  (features: Features): Features =>
    Object.fromEntries(Object.entries(features).filter(([name]) => name !== dropped));

const everywhere = (features: Features): Features => ({
  ...features,
  ...(features.attentionMask && { attentionMask: tf.onesLike(features.attentionMask) }),
});

const scaled = (part: string, factor: number) => (name: string, variable: tf.Variable) =>
  name.includes(part) ? variable.mul(factor) : variable;

/** Every row is replaced by the one before it. */
const shifted = (name: string, variable: tf.Variable): tf.Tensor => {
  if (!name.endsWith('position_embeddings.weight')) return variable;
  const [rows = 0] = variable.shape;
  return tf.concat([variable.slice([1, 0], [rows - 1, -1]), variable.slice([0, 0], [1, -1])], 0);
};

/** log(x) from log(1 + x); a small number replaces x = 0. */
const logOf = (weights: tf.Tensor): tf.Tensor => weights.expm1().maximum(1e-9).log();

interface Mistake {
  readonly what: string;
  readonly model: string;
  readonly wrong: (module: Module) => Module;
}

const TRANSFORMER: Readonly<Record<string, Mistake>> = {
  'padding-attended': {
    what: 'tokens attend to padding',
    model: 'splade-bert',
    wrong: (module) => seeing(module, everywhere),
  },
  'positions-from-one': {
    what: 'the first token has position 1',
    model: 'splade-bert',
    wrong: (module) => remade(module, { parameter: shifted }),
  },
  'positions-off-by-one': {
    what: 'positions start one too late after the padding token’s id',
    model: 'splade-roberta',
    wrong: (module) => remade(module, { parameter: shifted }),
  },
  'types-dropped': {
    what: 'the second text of a pair has the token type of the first',
    model: 'splade-bert',
    wrong: (module) => seeing(module, without('tokenTypeIds')),
  },
  'gelu-approximated': {
    what: 'GELU uses tanh in place of erf',
    model: 'splade-bert',
    wrong: (module) => remade(module, { modelConfig: { hidden_act: 'gelu_new' } }),
  },
  'norm-epsilon': {
    what: 'layer norms use the epsilon 1e-5 in place of 1e-12',
    model: 'splade-bert',
    wrong: (module) => remade(module, { modelConfig: { layer_norm_eps: 1e-5 } }),
  },
  'scores-unscaled': {
    what: 'attention scores are not divided by the root of the width',
    model: 'splade-bert',
    wrong: (module) => remade(module, { parameter: scaled('.query.', Math.sqrt(8)) }),
  },
  'one-head': {
    what: 'attention uses one head in place of two',
    model: 'splade-bert',
    wrong: (module) => remade(module, { modelConfig: { num_attention_heads: 1 } }),
  },
  'decoder-untied': {
    what: 'the decoder’s gradient does not reach the tied word embeddings',
    model: 'splade-bert',
    wrong: (module) =>
      adding(module, ({ decoderWeight }) => ({ decoderWeight: detach(decoderWeight as tf.Tensor) })),
  },
  'relative-positions-dropped': {
    what: 'MPNet ignores relative positions',
    model: 'splade-mpnet',
    wrong: (module) => remade(module, { parameter: scaled('relative_attention_bias', 0) }),
  },
  'inner-layer-skipped': {
    what: 'ALBERT’s group of two layers runs its first one twice',
    model: 'splade-albert',
    wrong: (module) => remade(module, { modelConfig: { inner_group_num: 1, num_hidden_layers: 4 } }),
  },
  'positions-of-queries-dropped': {
    what: 'DeBERTa uses the relative positions of keys only',
    model: 'splade-deberta-v2',
    wrong: (module) => remade(module, { modelConfig: { pos_att_type: ['c2p'] } }),
  },
  'buckets-stretched': {
    what: 'DeBERTa’s last bucket of relative positions stands for a distance of 512',
    model: 'splade-deberta-v2',
    wrong: (module) => remade(module, { modelConfig: { max_relative_positions: 512 } }),
  },
  'convolution-dropped': {
    what: 'DeBERTa skips its convolution',
    model: 'splade-deberta-v2',
    wrong: (module) => remade(module, { parameter: scaled('conv.conv', 0) }),
  },
  'rotation-faster': {
    what: 'GTE’s angles grow with 10,000 in place of 160,000',
    model: 'splade-gte',
    wrong: (module) =>
      remade(module, { modelConfig: { rope_parameters: { rope_type: 'default', rope_theta: 10_000 } } }),
  },
  'window-ignored': {
    what: 'ModernBERT’s local layers see the whole text',
    model: 'splade-modernbert',
    wrong: (module) => remade(module, { modelConfig: { local_attention: 128 } }),
  },
};

const SPLADE_POOLING: Readonly<Record<string, Mistake>> = {
  'padding-pooled': {
    what: 'the maximum includes padding',
    model: 'splade-bert',
    wrong: (module) => seeing(module, everywhere),
  },
  'log-for-log1p': {
    what: 'SPLADE takes log(x) in place of log(1 + x)',
    model: 'splade-bert',
    wrong: (module) =>
      adding(module, ({ sentenceEmbedding }) => ({
        sentenceEmbedding: logOf(sentenceEmbedding as tf.Tensor),
      })),
  },
  'sum-for-max': {
    what: 'SPLADE sums over the tokens in place of taking the maximum',
    model: 'splade-bert',
    wrong: (module) => remade(module, { config: { pooling_strategy: 'sum' } }),
  },
  'log-once': {
    what: 'SPLADE takes one logarithm in place of two',
    model: 'splade-sum',
    wrong: (module) => remade(module, { config: { activation_function: 'relu' } }),
  },
};

const POOLING: Readonly<Record<string, Mistake>> = {
  'prompt-not-counted': {
    what: 'pooling includes the tokens of the prompt',
    model: 'own-csr',
    wrong: (module) => seeing(module, without('promptLength')),
  },
  'padding-pooled': {
    what: 'the mean includes padding',
    model: 'csr',
    wrong: (module) => seeing(module, everywhere),
  },
};

const SPARSE_AUTO_ENCODER: Readonly<Record<string, Mistake>> = {
  'top-k-off-by-one': {
    what: 'one latent too many is active',
    model: 'csr',
    wrong: (module) => remade(module, { config: { k: Number(module.config()['k']) + 1 } }),
  },
  'counters-stand-still': {
    what: 'a latent that is active now still counts as dead',
    model: 'own-csr',
    wrong: (module) =>
      doing(module, (features, options) => module.forward(features, { ...options, mode: 'eval' })),
  },
  'not-normalized': {
    what: 'the embedding is not normalized first',
    model: 'csr-deep',
    wrong: (module) => remade(module, { config: { normalize: false } }),
  },
};

const OTHERS: readonly (Mistake & { readonly module: string; readonly id: string })[] = [
  {
    module: 'Dense',
    id: 'identity',
    what: 'Dense skips its tanh',
    model: 'csr-deep',
    wrong: (module) =>
      remade(module, { config: { activation_function: 'torch.nn.modules.linear.Identity' } }),
  },
  {
    module: 'SparseStaticEmbedding',
    id: 'padding-counted',
    what: 'padding counts as a token of the text',
    model: 'inference-free',
    wrong: (module) => seeing(module, everywhere),
  },
];

const table = (module: string, mistakes: Readonly<Record<string, Mistake>>): ModelMutant[] =>
  Object.entries(mistakes).map(([id, mistake]) => mutant(module, id, mistake));

const mutant = (module: string, id: string, { what, model, wrong }: Mistake): ModelMutant => ({
  id: `${module}/${id}`,
  what,
  model,
  modules: replace(module, wrong),
});

/** Every wrong variant of a model. The comparison must catch all of them. */
export const MODEL_MUTANTS: readonly ModelMutant[] = [
  ...table('Transformer', TRANSFORMER),
  ...table('SpladePooling', SPLADE_POOLING),
  ...table('Pooling', POOLING),
  ...table('SparseAutoEncoder', SPARSE_AUTO_ENCODER),
  ...OTHERS.map(({ module, id, ...mistake }) => mutant(module, id, mistake)),
];

const restated = (module: string, model: string): ModelMutant =>
  mutant(module, 'restated', { what: 'nothing is wrong', model, wrong: (each) => remade(each, {}) });

/** Modules that are built again in the same way without a mistake. None may be caught. */
export const MODEL_CONTROLS: readonly ModelMutant[] = [
  restated('Transformer', 'splade-bert'),
  restated('SpladePooling', 'splade-sum'),
  restated('SparseAutoEncoder', 'csr-deep'),
  restated('Dense', 'csr-deep'),
];
