const SPECIAL = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

/** A SentencePiece character table that changes nothing: 512 units that lead nowhere, and the text "\0". */
function emptyCharsmap(): string {
  const bytes = Buffer.alloc(4 + 4 * 512 + 1);
  bytes.writeUInt32LE(4 * 512, 0);
  return bytes.toString('base64');
}

function template(start: string, end: string, ids: readonly [number, number]): object {
  const token = (id: string, type_id = 0): object => ({ SpecialToken: { id, type_id } });
  const text = (id: string, type_id = 0): object => ({ Sequence: { id, type_id } });
  return {
    type: 'TemplateProcessing',
    single: [token(start), text('A'), token(end)],
    pair: [token(start), text('A'), token(end), text('B', 1), token(end, 1)],
    special_tokens: {
      [start]: { id: start, ids: [ids[0]], tokens: [start] },
      [end]: { id: end, ids: [ids[1]], tokens: [end] },
    },
  };
}

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/** A tokenizer.json of each model type, with a handful of tokens. */
export const TINY_TOKENIZERS: Readonly<Record<string, object>> = {
  WordPiece: {
    version: '1.0',
    truncation: { max_length: 8, strategy: 'LongestFirst', stride: 0 },
    padding: {
      strategy: { Fixed: 8 },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 0,
      pad_type_id: 0,
      pad_token: '[PAD]',
    },
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map((content, id) => ({ id, content, ...SPECIAL })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: template('[CLS]', '[SEP]', [2, 3]),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, hello: 4, world: 5, '##s': 6, a: 7, '##b': 8 },
    },
  },
  BPE: {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      ...['<s>', '</s>'].map((content, id) => ({ id, content, ...SPECIAL })),
      { id: 9, content: '  ', ...SPECIAL, normalized: true, special: false },
      { id: 10, content: '<mask>', ...SPECIAL, lstrip: true },
    ],
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: '\\p{N}+' }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: ['</s>', 1],
      cls: ['<s>', 0],
      trim_offsets: true,
      add_prefix_space: false,
    },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: { '<s>': 0, '</s>': 1, a: 2, b: 3, ab: 4, Ġ: 5, Ġab: 6, Ã: 7, '©': 8 },
      merges: [
        ['a', 'b'],
        ['Ġ', 'ab'],
      ],
    },
  },
  Unigram: {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['<s>', '</s>', '<unk>'].map((content, id) => ({ id, content, ...SPECIAL })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Precompiled', precompiled_charsmap: emptyCharsmap() },
        { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    post_processor: template('<s>', '</s>', [0, 1]),
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: {
      type: 'Unigram',
      unk_id: 2,
      vocab: [
        ['<s>', 0],
        ['</s>', 0],
        ['<unk>', 0],
        ['▁', -2.5],
        ['a', -3.25],
        ['b', -3.5],
        ['▁ab', -1.125],
      ],
      byte_fallback: false,
    },
  },
  WordLevel: {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: 'Prepend', prepend: 'x' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: { '[UNK]': 0, xhello: 1, world: 2 }, unk_token: '[UNK]' },
  },
};
