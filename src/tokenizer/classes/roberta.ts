import type { JsonObject } from '../files/json-object.js';
import type { ClassRules, SpecialTokens } from './class-rules.js';
import { requireToken } from './require-token.js';

export const ROBERTA_TOKENS = {
  bos_token: '<s>',
  eos_token: '</s>',
  sep_token: '</s>',
  cls_token: '<s>',
  unk_token: '<unk>',
  pad_token: '<pad>',
  mask_token: '<mask>',
} as const;

/** Byte-level BPE: a text becomes bytes, written as printable characters, so no character is unknown. */
export const roberta: ClassRules = {
  inputNames: ['input_ids', 'attention_mask'],
  defaults: ROBERTA_TOKENS,
  modelTypes: ['BPE'],
  rebuild: ({ model, options }) => ({
    normalizer: null,
    pre_tokenizer: byteLevel(options.add_prefix_space ?? false),
    decoder: byteLevel(true),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: model.vocab,
      merges: model.merges ?? [],
    },
  }),
  postProcessor: (special, { trim_offsets = true, add_prefix_space = false }, idOf) =>
    robertaProcessing(special, idOf, { trim_offsets, add_prefix_space }),
};

function byteLevel(add_prefix_space: boolean): JsonObject {
  return { type: 'ByteLevel', add_prefix_space, trim_offsets: true, use_regex: true };
}

/** `<s> a </s>`; for a pair `<s> a </s></s> b </s>`. */
export function robertaProcessing(
  special: SpecialTokens,
  idOf: (token: string) => number,
  spaces: { readonly trim_offsets: boolean; readonly add_prefix_space: boolean },
): JsonObject {
  const sep = requireToken(special, 'sep_token');
  const cls = requireToken(special, 'cls_token');
  return { type: 'RobertaProcessing', sep: [sep, idOf(sep)], cls: [cls, idOf(cls)], ...spaces };
}
