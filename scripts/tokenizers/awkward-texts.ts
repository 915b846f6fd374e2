import { type Random, seededRandom } from '../../src/random.js';

export type AwkwardText = string | readonly [string, string];

/** Code points that lone surrogates leave, in windows of which the texts of one round show each. */
const LAST_CODE_POINT = 0x10ffff;
const WINDOW = 40;
/** Planes with characters. Beyond are private ones and planes that will hardly ever be assigned. */
const DENSE_END = 0x33480;

const SPACES = Array.from(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\ufeff\u180e',
);
const CONTROLS = Array.from(
  '\u0000\u0001\u0008\u001b\u007f\u0080\u009f\u00ad\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufff9\ufffc\ufffd\ufffe\uffff',
);
const MARKS = Array.from(
  '\u0300\u0301\u0308\u030a\u0327\u0328\u0345\u0483\u05b0\u064b\u093c\u094d\u0e31\u1ab0\u1dc0\u20d0\u20e3\u3099\ufe20\ufe0e\ufe0f',
);
const EMOJI = ['👩‍👩‍👧‍👦', '👍🏽', '🏳️‍🌈', '🇩🇪🇫🇷', '1️⃣', '😀', '🧑🏿‍💻', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '❤️', '☃'];
const COMPATIBILITY = Array.from('ﬁﬀﬃ①Ⅷ㎏㍿ﷺＡｂ１！ｶﾞ²½℃ΩÅẛſ𝐀𝒷𝟘㈱ǆŉΐİıßẞς');
const COMPOSED = [
  'é',
  'e\u0301',
  'Å',
  'A\u030a',
  'ệ',
  'e\u0323\u0302',
  '각',
  '\u1100\u1161\u11a8',
  'が',
  'か\u3099',
];
const SCRIPTS = [
  'Привет мир, Ёлка и Йод',
  'שָׁלוֹם עולם',
  'السَّلامُ عليكم ٣٤',
  'नमस्ते दुनिया क्षत्रिय',
  'สวัสดีชาวโลก',
  '東京都に住む㐂𠮷𪚥',
  '안녕하세요 세계',
  'ΟΔΥΣΣΕΥΣ ὀδυσσεύς',
  'İstanbul ıspanak DİYARBAKIR',
  'ქართული ᲥᲐᲠᲗᲣᲚᲘ',
  'မြန်မာ ខ្មែរ ລາວ',
  'አማርኛ ᏣᎳᎩ ᓄᓇᕗᑦ',
  '𐐀𐐨 𝕳𝖊𝖑𝖑𝖔 𞤀𞤢',
];
const SPECIAL = [
  '[CLS]',
  '[SEP]',
  '[MASK]',
  '[PAD]',
  '[UNK]',
  '[unused0]',
  '<s>',
  '</s>',
  '<mask>',
  '<pad>',
  '<unk>',
  '[mask]',
  '[ MASK ]',
  '[NEW]',
  '<|endoftext|>',
  'snowman☃',
  '##ing',
  'Ġthe',
  '▁the',
];
const ENGLISH =
  `the act of binding yourself to a course of action; don't can't we've I'LL rock'n'roll naïve café
  co-operate 3.14 1,000,000 $5.00 50% e.g. U.S.A. http://example.org/a?b=c#d user@example.org #tag @name
  The QUICK Brown fOx jumps`.split(/\s+/);

type Kind = (random: Random) => string;

const KINDS: Readonly<Record<string, Kind>> = {
  english: (random) => words(random, () => random.pick(ENGLISH), 30),
  long: (random) => words(random, () => random.pick(ENGLISH), 400),
  scripts: (random) => words(random, () => random.pick(SCRIPTS), 6),
  emoji: (random) => glued(random, EMOJI, 6),
  marks: (random) => glued(random, [...MARKS, ...Array.from('aeoиא가e')], 12),
  controls: (random) => glued(random, [...CONTROLS, 'a', ' ', 'word'], 10),
  spaces: (random) => glued(random, [...SPACES, 'a', 'one', '二'], 12),
  onlySpaces: (random) => glued(random, SPACES, 8),
  runsOfSpaces: (random) => words(random, () => random.pick(ENGLISH) + ' '.repeat(random.below(30)), 8),
  compatibility: (random) => glued(random, [...COMPATIBILITY, ...COMPOSED, ' '], 12),
  special: (random) => glued(random, [...SPECIAL, ' ', 'word', 'é', '  '], 8),
  specialWords: (random) => words(random, () => random.pick([...SPECIAL, ...ENGLISH]), 12),
  longWord: (random) =>
    repeated(random.pick(['a', 'é', '東', '😀', 'ab-', '\u0301', 'ʼ', 'ß']), random.below(300)),
  scattered: (random) =>
    glued(
      random,
      Array.from({ length: 12 }, () => anyCharacter(random)),
      20,
    ),
  empty: () => '',
};

/** Texts on which tokenizers have differed, or might. The same seed gives the same texts. */
export function awkwardTexts(count: number, seed: number): AwkwardText[] {
  const random = seededRandom(seed);
  const kinds = Object.values(KINDS);
  const mixed: Kind = (source) => words(source, () => firstCharacters(source.pick(kinds)(source), 60), 4);
  const windows = everyWindow(random);
  return Array.from({ length: count }, (_, index) => {
    // Half of the texts go through all of Unicode, as far as their number allows.
    if (index % 2 === 0) return windows[(index / 2) % windows.length] ?? '';
    const kind = random.below(4) === 0 ? mixed : random.pick(kinds);
    return random.below(4) === 0 ? [kind(random), random.pick(kinds)(random)] : kind(random);
  });
}

/** Each window twice, one of them with a letter between characters, so that marks have something to join. */
function everyWindow(random: Random): string[] {
  const starts: number[] = [];
  for (let start = 0; start <= LAST_CODE_POINT; start += WINDOW) {
    // A sample of the empty planes is enough.
    if (start < DENSE_END || start % (WINDOW * 200) === 0 || (start >= 0xe0000 && start < 0xe0200)) {
      starts.push(start);
    }
  }
  return [0, 1].flatMap((round) =>
    random.shuffle(starts).map((start) => windowText(start, (start / WINDOW + round) % 2 === 0 ? '' : 'a ')),
  );
}

function windowText(start: number, between: string): string {
  const points = Array.from({ length: WINDOW }, (_, offset) => start + offset).filter(isScalar);
  return points.map((point) => String.fromCodePoint(point)).join(between);
}

function isScalar(point: number): boolean {
  return point <= LAST_CODE_POINT && (point < 0xd800 || point > 0xdfff);
}

function anyCharacter(random: Random): string {
  const point = random.below(random.pick([0x80, 0x800, 0x10000, 0x20000, LAST_CODE_POINT + 1]));
  return isScalar(point) ? String.fromCodePoint(point) : '\ufffd';
}

function words(random: Random, word: () => string, most: number): string {
  return Array.from({ length: 1 + random.below(most) }, word).join(' ');
}

function glued(random: Random, pieces: readonly string[], most: number): string {
  return Array.from({ length: 1 + random.below(most) }, () => random.pick(pieces)).join('');
}

/** Only whole characters: half of one would be a lone surrogate. */
function firstCharacters(text: string, count: number): string {
  return Array.from(text).slice(0, count).join('');
}

function repeated(piece: string, count: number): string {
  return piece.repeat(count);
}
