/** A turn of phrase that readers stumbled over. */
export interface Phrase {
  readonly name: string;
  readonly pattern: RegExp;
  readonly instead: string;
}

/** What may follow "is no": "is no longer", "are no faster". */
const IDIOMS =
  'longer|more|less|fewer|faster|slower|better|worse|larger|smaller|greater|further|different|other|one|such|reason|need|way|doubt';

export const PHRASES: readonly Phrase[] = [
  {
    name: 'a comment that opens with "Of"',
    pattern: /(?:^|\s)(?:\/\*\*?|\*|\/\/)\s+Of\s/,
    instead: 'begin with the noun: "Width of the tables."',
  },
  {
    name: '"is not a X"',
    pattern: new RegExp(
      `(?<!\\bthere )(?<!\\bthere (?:may|can|must) )(?<!\\bthere would )\\b(?:is|are|was|were|be) no (?!(?:${IDIOMS})\\b)\\w`,
      'i',
    ),
    instead: '"is not a X"',
  },
  { name: '"of no account"', pattern: /\bof no account\b/i, instead: '"does not matter", "is ignored"' },
  {
    name: '"cannot be had"',
    pattern: /\b(?:can|could|to)(?:not| not)? be had\b/i,
    instead: '"is not available", "cannot be allocated"',
  },
  { name: '"@throws ... where"', pattern: /@throws \w+ where\b/, instead: '"@throws ... if"' },
  { name: '"unless given"', pattern: /\bunless given\b/, instead: '"Default: ..."' },
  { name: '"of the wrong kind"', pattern: /\bof the wrong kind\b/i, instead: '"of the wrong type"' },
  {
    name: '"whatever becomes of"',
    pattern: /\bwhatever becomes of\b/i,
    instead: '"even if ... changes", "is disposed"',
  },
  { name: '"for ever"', pattern: /\bfor ever\b/i, instead: '"forever"' },
  { name: '"has to cut, too"', pattern: /\bhas to cut, too\b/i, instead: '"must also truncate"' },
  { name: '"what is no"', pattern: /\bwhat is no\b/i, instead: '"anything but"' },
  { name: '"is said so"', pattern: /\bis said so\b/i, instead: '"is reported"' },
  { name: 'a count and a plural for one', pattern: /\b1 cases\b/, instead: '"1 case"' },
  {
    name: 'a plural made by hand',
    pattern: /=== 1 \? '(\w*)' : '\1s'/,
    instead: 'counted(count, noun) of src/counted.ts',
  },
  {
    name: 'a count beside a plural',
    pattern: /\$\{[\w.#]+\.length\} (?:texts|rows|cells|columns|cases|files|entries)\b/,
    instead: '${counted(count, noun)} of src/counted.ts',
  },
];

export interface Found {
  readonly line: number;
  readonly phrase: Phrase;
}

/** Lines of a text that have one of the phrases, each phrase of each line. */
export function phrasesIn(text: string): readonly Found[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      PHRASES.filter(({ pattern }) => pattern.test(line)).map((phrase) => ({ line: index + 1, phrase })),
    );
}
