import type { ClassRules, RebuildInput, Rebuilt } from './class-rules.js';
import { requireToken } from './require-token.js';
import { clsTemplate } from './template.js';

/** WordPiece with the cleaning of BERT. It uses only the vocabulary and a few options of tokenizer_config.json. */
export function rebuildWordPiece({ model, options, special }: RebuildInput): Rebuilt {
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: options.tokenize_chinese_chars ?? true,
      strip_accents: options.strip_accents ?? null,
      lowercase: options.do_lower_case ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: requireToken(special, 'unk_token'),
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: model.vocab,
    },
  };
}

export const bert: ClassRules = {
  inputNames: ['input_ids', 'token_type_ids', 'attention_mask'],
  defaults: {
    unk_token: '[UNK]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
    cls_token: '[CLS]',
    mask_token: '[MASK]',
  },
  modelTypes: ['WordPiece', 'BPE', 'WordLevel'],
  rebuild: rebuildWordPiece,
  postProcessor: (special, _options, idOf) => clsTemplate(special, idOf),
};

export const distilBert: ClassRules = { ...bert, inputNames: ['input_ids', 'attention_mask'] };
