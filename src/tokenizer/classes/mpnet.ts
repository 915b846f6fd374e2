import { rebuildWordPiece } from './bert.js';
import type { ClassRules } from './class-rules.js';
import { ROBERTA_TOKENS, robertaProcessing } from './roberta.js';

/** The vocabulary and cleaning of BERT, and the special tokens of RoBERTa. */
export const mpnet: ClassRules = {
  inputNames: ['input_ids', 'attention_mask'],
  defaults: { ...ROBERTA_TOKENS, unk_token: '[UNK]' },
  modelTypes: ['WordPiece', 'BPE', 'WordLevel'],
  // The mask includes the space before it, as a word does.
  wrap: (name, content) => ({
    content,
    single_word: false,
    lstrip: name === 'mask_token',
    rstrip: false,
    special: false,
  }),
  rebuild: rebuildWordPiece,
  postProcessor: (special, _options, idOf) =>
    robertaProcessing(special, idOf, { trim_offsets: true, add_prefix_space: false }),
};
