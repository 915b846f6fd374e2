import type { JsonObject } from '../files/json-object.js';
import type { ClassRules } from './class-rules.js';
import { metaspace } from './metaspace.js';
import { clsTemplate } from './template.js';

/** Position of `<unk>` in the vocabulary, whatever the file says. */
const UNKNOWN_ID = 1;

const replace = (text: string, content: string): JsonObject => ({
  type: 'Replace',
  pattern: { String: text },
  content,
});

/** SentencePiece Unigram on cleaned texts: lower case and without accents, unless the options say otherwise. */
export const albert: ClassRules = {
  inputNames: ['input_ids', 'attention_mask'],
  defaults: {
    bos_token: '[CLS]',
    eos_token: '[SEP]',
    unk_token: '<unk>',
    sep_token: '[SEP]',
    pad_token: '<pad>',
    cls_token: '[CLS]',
    mask_token: '[MASK]',
  },
  modelTypes: ['Unigram'],
  keepsPostProcessor: true,
  rebuild({ model, options, charsmap }) {
    const { do_lower_case = true, keep_accents = false, add_prefix_space = true } = options;
    const words = metaspace(add_prefix_space ? 'always' : 'never');
    return {
      normalizer: {
        type: 'Sequence',
        normalizers: [
          replace('``', '"'),
          replace("''", '"'),
          ...(keep_accents ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]),
          ...(do_lower_case ? [{ type: 'Lowercase' }] : []),
          ...(charsmap === undefined ? [] : [{ type: 'Precompiled', precompiled_charsmap: charsmap }]),
        ],
      },
      pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, words] },
      decoder: words,
      scored: { vocab: Array.isArray(model.vocab) ? model.vocab : [], unknownId: UNKNOWN_ID },
    };
  },
  postProcessor: (special, _options, idOf) => clsTemplate(special, idOf),
};
