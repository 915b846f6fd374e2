import { preview } from '../../files/preview.js';

/**
 * Finds what would crash the library in SentencePiece's table of characters, which it reads without bounds checks: a
 * double array of units of four bytes, then the replacement texts, each with a zero byte after it.
 *
 * @param charsmap Base64: the length of the array in bytes as a four-byte number, the array, the texts
 */
export function charsmapProblem(charsmap: unknown): string | undefined {
  if (
    typeof charsmap !== 'string' ||
    !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(charsmap)
  ) {
    return `is ${preview(charsmap)}; expected Base64`;
  }
  const bytes = Buffer.from(charsmap, 'base64');
  const size = bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
  if (size < 4 || size % 4 !== 0 || size > bytes.length - 4) {
    return `has ${bytes.length} bytes and says that ${size} of them are its array; expected fewer, and a multiple of 4`;
  }
  const units = Uint32Array.from({ length: size / 4 }, (_, index) => bytes.readUInt32LE(4 + 4 * index));
  const texts = bytes.subarray(4 + size);
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(texts);
  } catch {
    return 'replaces characters by what is not UTF-8; expected UTF-8';
  }
  const longest = longestText(texts);
  if (longest > MAX_REPLACEMENT) {
    return `replaces characters by ${longest} bytes; expected at most ${MAX_REPLACEMENT}`;
  }
  return arrayProblem(units, texts);
}

/** The most bytes that may replace a character: NFKC replaces U+FDFA by 33. */
const MAX_REPLACEMENT = 256;

function longestText(texts: Uint8Array): number {
  let [longest, start] = [0, 0];
  for (let end = 0; end <= texts.length; end++) {
    if (end < texts.length && texts[end] !== 0) continue;
    longest = Math.max(longest, end - start);
    start = end + 1;
  }
  return longest;
}

const CHILDREN = 0x100;
const IS_VALUE = 0x80000000;

/** Follows every path through the array that a text could take. */
function arrayProblem(units: Uint32Array, texts: Uint8Array): string | undefined {
  const wrong = 'has an array that leads out of itself; expected the table of a SentencePiece model';
  const open = [0];
  const seen = new Uint8Array(units.length);
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const unit = units[place] ?? 0;
    const first = place ^ offsetOf(unit);
    // Whatever byte comes next, the library reads the unit of that byte.
    if ((first | (CHILDREN - 1)) >= units.length) return wrong;
    if (hasValue(unit) && place !== 0) {
      const text = (units[first] ?? 0) & ~IS_VALUE;
      if (text > texts.length || isInsideCharacter(texts, text)) return wrong;
    }
    for (let byte = 1; byte < CHILDREN; byte++) {
      const child = first ^ byte;
      if (seen[child] === 1 || labelOf(units[child] ?? 0) !== byte) continue;
      seen[child] = 1;
      open.push(child);
    }
  }
  return undefined;
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function hasValue(unit: number): boolean {
  return (unit & 0x100) !== 0;
}

function labelOf(unit: number): number {
  return (unit & (IS_VALUE | 0xff)) >>> 0;
}

/** Bytes 0x80 to 0xbf continue a character that began before them. */
function isInsideCharacter(texts: Uint8Array, place: number): boolean {
  return ((texts[place] ?? 0) & 0xc0) === 0x80;
}
