/** A text is read in parts that grow by this factor, until one has enough tokens. */
const GROWTH = 4;
const FIRST_PART = 2 ** 12;
/** Characters of the first part per token of the limit. */
const PER_TOKEN = 16;

/** The most characters that are read, even of a text with few tokens, such as a million spaces. */
const LONGEST_TEXT = 2 ** 18;
const MOST_PER_TOKEN = 64;

/** The most characters of a text that are read when it is truncated to a number of tokens. */
export function longestText(maxLength: number): number {
  return Math.max(LONGEST_TEXT, MOST_PER_TOKEN * maxLength);
}

/** Characters before a cut whose tokens may depend on the text after it. */
const MARGIN = 512;

/** Lengths of the parts to try, for texts that are truncated to `maxLength` tokens. */
export function partSizes(maxLength: number): number[] {
  const longest = longestText(maxLength);
  const sizes: number[] = [];
  for (let size = Math.max(FIRST_PART, PER_TOKEN * maxLength); size < longest; size *= GROWTH) {
    sizes.push(size);
  }
  return [...sizes, longest];
}

/** The part of a text to keep, of at most `size` characters. It does not split a character. */
export function partOf(text: string, size: number, side: 'left' | 'right'): string {
  if (text.length <= size) return text;
  const part = side === 'right' ? text.slice(0, size) : text.slice(-size);
  return side === 'right' ? part.replace(/[\ud800-\udbff]$/, '') : part.replace(/^[\udc00-\udfff]/, '');
}

/** The tokens of a part. */
export interface PartEncoding {
  readonly length: number;
  /** Begin and end of each token in the part, in code points. */
  readonly offsets: readonly (readonly number[])[];
  /** 1 for a token that does not come from the text. */
  readonly special: readonly number[];
}

/**
 * Whether a part has as many tokens as may be kept, all far enough from the cut to equal the tokens of the whole text.
 */
export function isDecided(
  part: string,
  { length, offsets, special }: PartEncoding,
  maxLength: number,
  side: 'left' | 'right',
): boolean {
  if (length < maxLength) return false;
  const own = offsets.filter((_, index) => special[index] === 0);
  if (side === 'left') return own.every(([begin = 0]) => begin >= MARGIN);
  const last = own.reduce((most, [, end = 0]) => Math.max(most, end), 0);
  return last <= codePoints(part) - MARGIN;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
