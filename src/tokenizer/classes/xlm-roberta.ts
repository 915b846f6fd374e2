import type { ClassRules } from './class-rules.js';
import { metaspace } from './metaspace.js';
import { requireToken } from './require-token.js';
import { ROBERTA_TOKENS } from './roberta.js';
import { template } from './template.js';

/** Position of `<unk>` in the vocabulary, whatever the file says. */
const UNKNOWN_ID = 3;

/** SentencePiece Unigram. It uses only the table of characters of the file's normalizer. */
export const xlmRoberta: ClassRules = {
  inputNames: ['input_ids', 'attention_mask'],
  defaults: ROBERTA_TOKENS,
  modelTypes: ['Unigram'],
  rebuild({ model, options, charsmap }) {
    const words = metaspace((options.add_prefix_space ?? true) ? 'always' : 'never');
    return {
      normalizer: charsmap === undefined ? null : { type: 'Precompiled', precompiled_charsmap: charsmap },
      pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, words] },
      decoder: words,
      scored: { vocab: Array.isArray(model.vocab) ? model.vocab : [], unknownId: UNKNOWN_ID },
    };
  },
  postProcessor(special, _options, idOf) {
    const bos = requireToken(special, 'bos_token');
    const eos = requireToken(special, 'eos_token');
    return template(
      [
        [bos, 0],
        ['$A', 0],
        [eos, 0],
      ],
      [
        [bos, 0],
        ['$A', 0],
        [eos, 0],
        [eos, 0],
        ['$B', 0],
        [eos, 0],
      ],
      idOf,
    );
  },
};
