import type { NativeEncoding } from './native-library.js';
import type { EncodedText } from './tokenizer.js';

/**
 * A pair truncated to `maxLength` tokens, longest text first. The library's own truncation cuts both texts to the
 * length before it compares them, so it may give the odd token to a different text than the reference does.
 *
 * @param encoding the whole encoding, including special tokens
 */
export function truncatePair(
  encoding: NativeEncoding,
  maxLength: number,
  side: 'left' | 'right',
): EncodedText {
  const ids = encoding.getIds();
  const typeIds = encoding.getTypeIds();
  if (ids.length <= maxLength) return { ids, typeIds };
  const owners = encoding.getSequenceIds();
  const lengths = [0, 1].map((text) => owners.filter((owner) => owner === text).length);
  const [first = 0, second = 0] = lengths;
  const room = maxLength - (ids.length - first - second);
  const kept = longestFirst(first, second, room);
  const seen = [0, 0];
  const keeps = owners.map((owner) => {
    if (owner !== 0 && owner !== 1) return true;
    const place = seen[owner] ?? 0;
    seen[owner] = place + 1;
    const dropped = side === 'left' ? (lengths[owner] ?? 0) - kept[owner] : 0;
    return place >= dropped && place < dropped + kept[owner];
  });
  return {
    ids: ids.filter((_, index) => keeps[index]),
    typeIds: typeIds.filter((_, index) => keeps[index]),
    isCut: true,
  };
}

/**
 * How many tokens of each text remain: a text that fits into half of the room stays whole; otherwise each gets half,
 * and the longer one the odd token.
 */
export function longestFirst(first: number, second: number, room: number): [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second, Math.floor(room / 2));
  return first > second ? [room - shorter, shorter] : [shorter, room - shorter];
}
