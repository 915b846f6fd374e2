/** Hashes a text to 53 bits, as a whole number: two 32-bit sums over its UTF-16 units, each mixed at the end. */
export function hash53(text: string): number {
  let [high, low] = [0x2f0b4c47, 0x811c9dc5];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x5bd1e995);
    high ^= high >>> 15;
    low = Math.imul(low ^ unit, 0x01000193);
    low ^= low >>> 13;
  }
  return (mixed(high ^ low) & 0x1fffff) * 2 ** 32 + mixed(low + Math.imul(high, 0x27d4eb2f));
}

function mixed(sum: number): number {
  let bits = Math.imul(sum ^ (sum >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
