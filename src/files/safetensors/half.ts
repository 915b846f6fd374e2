/**
 * float16 as bits: a sign, 5 bits of exponent (bias 15), 10 of mantissa. float32 has 8 (bias 127) and 23, so every
 * float16 is a float32, and only the conversion to float16 rounds.
 */

const MANTISSA_STEP = 13;
const FLOAT32_INFINITY = 0x7f800000;
const FLOAT16_INFINITY = 0x7c00;
const FLOAT16_NAN = 0x7e00;
/** 65520, halfway between the largest float16 and 2^16, as the bits of a float32. */
const OVERFLOW = 0x477ff000;
/** 2^-14, the smallest normal float16. */
const SMALLEST_NORMAL = 0x38800000;
/** (127 - 15) << 23 */
const BIAS = 0x38000000;
/** 2^-25, half of the smallest float16. */
const HALF_OF_SMALLEST = 0x33000000;

let widened: Uint32Array | undefined;

/** The same values in float32, exactly. */
export function widenHalf(bits: Uint16Array): Float32Array<ArrayBuffer> {
  widened ??= Uint32Array.from({ length: 0x10000 }, (_, half) => widenBits(half));
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = widened[bits[i] ?? 0] ?? 0;
  return new Float32Array(wide.buffer);
}

/** bfloat16 is the upper half of a float32. */
export function widenBfloat(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = (bits[i] ?? 0) << 16;
  return new Float32Array(wide.buffer);
}

/** Rounds to nearest, ties to even; from 65520 on the result is infinite, as in PyTorch. */
export function narrowToHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  const wide = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const narrow = new Uint16Array(values.length);
  for (let i = 0; i < wide.length; i++) narrow[i] = narrowBits(wide[i] ?? 0);
  return narrow;
}

function widenBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return sign | FLOAT32_INFINITY | (mantissa << MANTISSA_STEP);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (mantissa << MANTISSA_STEP);
  if (mantissa === 0) return sign;
  // Subnormal: mantissa * 2^-24, whose leading bit float32 normalizes.
  const leading = 31 - Math.clz32(mantissa);
  return sign | ((leading + 103) << 23) | ((mantissa << (23 - leading)) & 0x7fffff);
}

function narrowBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > FLOAT32_INFINITY) return sign | FLOAT16_NAN;
  if (size >= OVERFLOW) return sign | FLOAT16_INFINITY;
  if (size >= SMALLEST_NORMAL) return sign | roundedShift(size - BIAS, MANTISSA_STEP);
  if (size <= HALF_OF_SMALLEST) return sign;
  const mantissa = (size & 0x7fffff) | 0x800000;
  return sign | roundedShift(mantissa, 126 - (size >>> 23));
}

/** value / 2^shift, rounded to nearest, ties to even. */
function roundedShift(value: number, shift: number): number {
  const halfway = 1 << (shift - 1);
  const odd = (value >>> shift) & 1;
  return (value + halfway - 1 + odd) >>> shift;
}
