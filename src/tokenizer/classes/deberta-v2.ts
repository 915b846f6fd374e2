import type { ScoredVocabulary } from '../files/model-json.js';
import type { ClassRules } from './class-rules.js';
import { metaspace } from './metaspace.js';
import { requireToken } from './require-token.js';
import { clsTemplate } from './template.js';

/** Position of the unknown token if the vocabulary has no such token with the score 0. */
const UNKNOWN_ID = 1;

/** SentencePiece Unigram. It ignores the file's normalizer. */
export const debertaV2: ClassRules = {
  inputNames: ['input_ids', 'attention_mask', 'token_type_ids'],
  defaults: {
    bos_token: '[CLS]',
    eos_token: '[SEP]',
    unk_token: '[UNK]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
    cls_token: '[CLS]',
    mask_token: '[MASK]',
  },
  modelTypes: ['Unigram'],
  rebuild({ model, options, special }) {
    const { do_lower_case = false, split_by_punct = false, add_prefix_space = true } = options;
    const vocab: ScoredVocabulary = Array.isArray(model.vocab) ? model.vocab : [];
    const unknown = requireToken(special, 'unk_token');
    const place = vocab.findIndex(([token, score]) => token === unknown && score === 0);
    const words = metaspace(add_prefix_space ? 'always' : 'first');
    return {
      normalizer: {
        type: 'Sequence',
        normalizers: [
          ...(do_lower_case ? [{ type: 'Lowercase' }] : []),
          { type: 'Replace', pattern: { Regex: '\\s{2,}|[\\n\\r\\t]' }, content: ' ' },
          { type: 'NFC' },
          { type: 'Strip', strip_left: false, strip_right: true },
        ],
      },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [...(split_by_punct ? [{ type: 'Punctuation', behavior: 'Isolated' }] : []), words],
      },
      decoder: words,
      scored: { vocab, unknownId: place < 0 ? (options.unk_id ?? UNKNOWN_ID) : place },
    };
  },
  postProcessor: (special, _options, idOf) => clsTemplate(special, idOf),
};
