import { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { bertFields } from './bert-config.js';
import type { Architecture, Encoder } from './encoder.js';
import { BERT_HEAD, type HeadNames, ROBERTA_HEAD } from './language-model-head.js';
import { only, readModelConfig, requireConsistent } from './model-config.js';
import { poolerSpecs } from './pooler.js';
import { postNormModel } from './post-norm-model.js';
import { type LayerNames, numbered } from './post-norm.js';

/** Also the names of ELECTRA. */
export const BERT_LAYERS: LayerNames = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  attentionOutput: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  widen: 'intermediate.dense',
  narrow: 'output.dense',
  outputNorm: 'output.LayerNorm',
};

/** The differences within the family. */
interface Member {
  readonly prefix: string;
  readonly head: HeadNames;
  /** Whether the head uses the activation of the layers, or always gelu. */
  readonly headActivation: 'of the layers' | 'gelu';
  /** Whether positions count tokens, from pad_token_id + 1, or all positions. */
  readonly positions: 'tokens' | 'places';
  readonly vocabularySize: number;
  readonly padding: number;
  readonly headFirst?: boolean;
}

const schema = ({ vocabularySize, padding }: Member) =>
  z.object({
    ...bertFields({ vocab_size: vocabularySize, pad_token_id: padding }),
    position_embedding_type: only('absolute'),
  });

/** https://arxiv.org/abs/1810.04805 */
function bertLike(member: Member): Architecture {
  const configSchema = schema(member);
  return {
    prefix: member.prefix,
    headFirst: member.headFirst ?? false,
    read(modelConfig): Encoder {
      const config = readModelConfig(configSchema, modelConfig);
      const { vocab_size: vocabularySize, hidden_size: width, initializer_range: deviation } = config;
      const padding = config.pad_token_id ?? undefined;
      requireConsistent({ width, heads: config.num_attention_heads, padding, vocabularySize });
      if (member.positions === 'tokens' && padding === undefined) {
        throw new ModelFileError(
          'config.json: pad_token_id is null; expected the token that positions leave out',
        );
      }
      const dropout = config.hidden_dropout_prob;
      return postNormModel({
        vocabularySize,
        width,
        epsilon: config.layer_norm_eps,
        deviation,
        embeddings: {
          positions: config.max_position_embeddings,
          types: config.type_vocab_size,
          padding,
          count: member.positions === 'tokens' ? { tokensBut: padding ?? 0 } : 'place',
          positionsLast: member.positions === 'tokens',
          dropout,
        },
        layers: {
          names: BERT_LAYERS,
          layers: numbered('encoder.layer', config.num_hidden_layers),
          heads: config.num_attention_heads,
          wide: config.intermediate_size,
          activation: config.hidden_act,
          dropout: {
            probabilities: config.attention_probs_dropout_prob,
            attentionOutput: dropout,
            output: dropout,
          },
        },
        head: {
          names: member.head,
          activation: member.headActivation === 'gelu' ? 'gelu' : config.hidden_act,
          tied: config.tie_word_embeddings,
        },
        unused: poolerSpecs(width, deviation),
      });
    },
  };
}

export const bert = bertLike({
  prefix: 'bert',
  head: BERT_HEAD,
  headActivation: 'of the layers',
  positions: 'places',
  vocabularySize: 30522,
  padding: 0,
});

const robertaLike = (vocabularySize: number, headFirst = false): Architecture =>
  bertLike({
    headFirst,
    prefix: 'roberta',
    head: ROBERTA_HEAD,
    headActivation: 'gelu',
    positions: 'tokens',
    vocabularySize,
    padding: 1,
  });

/** https://arxiv.org/abs/1907.11692 */
export const roberta = robertaLike(50265);
/** https://arxiv.org/abs/1911.02116 */
export const xlmRoberta = robertaLike(30522, true);
/** https://arxiv.org/abs/1911.03894 */
export const camembert = robertaLike(30522, true);
