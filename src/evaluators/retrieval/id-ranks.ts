/**
 * Each id's position in ascending order. The order is that of Unicode code points, as in Python; JavaScript's own order
 * of UTF-16 code units differs for characters beyond U+FFFF.
 */
export function idRanks(ids: readonly string[]): Uint32Array {
  const order = Uint32Array.from(ids, (_, position) => position);
  const isAscending = ids.every((id, at) => at === 0 || compareIds(ids[at - 1] as string, id) < 0);
  if (!isAscending) order.sort((a, b) => compareIds(ids[a] as string, ids[b] as string));
  const ranks = new Uint32Array(ids.length);
  for (const [rank, position] of order.entries()) ranks[position] = rank;
  return ranks;
}

export function compareIds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return heightOf(x) - heightOf(y);
  }
  return a.length - b.length;
}

/** Code units ordered as the characters that they begin: halves of surrogate pairs come after all others. */
const heightOf = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
