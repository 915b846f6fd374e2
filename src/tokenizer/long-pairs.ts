import { isDecided } from './long-texts.js';
import type { NativeEncoding } from './native-library.js';

export type Pair = readonly [string, string];

/**
 * Whether parts of a pair give the same tokens as the whole pair, truncated to `maxLength`, longest text first.
 *
 * @param encoding the encoding of the parts, not truncated
 */
export function isPairDecided(
  pair: Pair,
  parts: Pair,
  encoding: NativeEncoding,
  { maxLength, side }: { maxLength: number; side: 'left' | 'right' },
): boolean {
  const [owners, offsets] = [encoding.getSequenceIds(), encoding.getOffsets()];
  const texts = parts.map((part, text) => {
    const own = offsets.filter((_, token) => owners[token] === text);
    const kept = side === 'right' ? own.slice(0, maxLength) : own.slice(-maxLength);
    const tokens = { length: own.length, offsets: kept, special: kept.map(() => 0) };
    const isWhole = part === pair[text];
    return { count: own.length, isWhole, isDecided: isWhole || isDecided(part, tokens, maxLength, side) };
  });
  if (!texts.every((text) => text.isDecided)) return false;
  const [first, second] = texts.map(({ count }) => count);
  const room = maxLength - (owners.length - (first ?? 0) - (second ?? 0));
  // If both fill half of the room, the longer text gets the odd token. About a part that is decided we know only that
  // it has at least `maxLength` tokens.
  const isHalf = room % 2 === 1 && texts.every(({ count }) => count > room / 2);
  return (
    !isHalf ||
    texts.some(({ isWhole, count }) => isWhole && count < maxLength) ||
    texts.every(({ isWhole }) => isWhole)
  );
}
