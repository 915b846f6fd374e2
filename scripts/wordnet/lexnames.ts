/**
 * WordNet's lexicographer files of nouns and verbs, by file number (WordNet manual, lexnames(5WN)). Each synset is in
 * exactly one file, which serves as its class label.
 */
const NOUN_FILES = [
  'Tops',
  'act',
  'animal',
  'artifact',
  'attribute',
  'body',
  'cognition',
  'communication',
  'event',
  'feeling',
  'food',
  'group',
  'location',
  'motive',
  'object',
  'person',
  'phenomenon',
  'plant',
  'possession',
  'process',
  'quantity',
  'relation',
  'shape',
  'state',
  'substance',
  'time',
];

const VERB_FILES = [
  'body',
  'change',
  'cognition',
  'communication',
  'competition',
  'consumption',
  'contact',
  'creation',
  'emotion',
  'motion',
  'perception',
  'possession',
  'social',
  'stative',
  'weather',
];

const FIRST_NOUN_FILE = 3;

const LEXNAMES = [...NOUN_FILES.map((name) => `noun.${name}`), ...VERB_FILES.map((name) => `verb.${name}`)];

export function lexnameOf(fileNumber: number): string {
  const name = LEXNAMES[fileNumber - FIRST_NOUN_FILE];
  if (name === undefined) {
    throw new RangeError(
      `lexicographer file ${fileNumber} is neither of nouns (3 to 28) nor of verbs (29 to 43)`,
    );
  }
  return name;
}
