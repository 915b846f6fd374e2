/** From here on, all float32 numbers are whole and print exactly. */
const WHOLE = 2 ** 24;
/** A float32 below 2^24 with at most this many decimals gives an exact product with 10^decimals. */
const MAX_DECIMALS = 9;

/**
 * The shortest decimal that reads back as the same float32, as a JSON number: 0.1 rather than 0.10000000149011612,
 * which is the float64 of that float32.
 */
export function float32Text(value: number): string {
  if (Math.abs(value) >= WHOLE) return shortestByDigits(value);
  let scale = 1;
  for (let decimals = 0; decimals <= MAX_DECIMALS; decimals++) {
    const rounded = Math.round(value * scale) / scale;
    if (Math.fround(rounded) === value) return String(rounded);
    scale *= 10;
  }
  return shortestByDigits(value);
}

function shortestByDigits(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  // Nine digits distinguish all float32 numbers.
  return String(Number(value.toPrecision(9)));
}
