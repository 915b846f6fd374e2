/**
 * Classes of transformers 5.23 that exist only in Python, and what they use there that tokenizer.json cannot express.
 * `save_pretrained` does not write that file for them.
 */
const PYTHON_ONLY: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'a morphological analyser (MeCab, Sudachi or Juman++)': ['BertJapaneseTokenizer'],
    'the rules of Moses (sacremoses)': [
      'BioGptTokenizer',
      'FlaubertTokenizer',
      'FSMTTokenizer',
      'MarianTokenizer',
      'XLMTokenizer',
    ],
    'segmentation by jieba': ['CpmAntTokenizer', 'CpmTokenizer'],
    'rules of its own for tweets': ['BertweetTokenizer'],
    'the library sentencepiece': ['BartphoTokenizer', 'BertGenerationTokenizer', 'M2M100Tokenizer'],
    'bytes or characters in the place of a vocabulary': [
      'ByT5Tokenizer',
      'CanineTokenizer',
      'PerceiverTokenizer',
    ],
    'a program of its own': ['EsmTokenizer', 'PhobertTokenizer', 'ProphetNetTokenizer', 'RoCBertTokenizer'],
  }).flatMap(([means, classes]) => classes.map((name): [string, string] => [name, means])),
);

/** What a tokenizer of this class uses, if the class exists only in Python. */
export function pythonOnlyMeans(declared: string | undefined): string | undefined {
  return declared === undefined ? undefined : PYTHON_ONLY.get(declared);
}
