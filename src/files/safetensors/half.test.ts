import { describe, expect, it } from 'vitest';
import { narrowToHalf, widenBfloat, widenHalf } from './half.js';

const every = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

/** The definition: (-1)^sign 2^(exponent - 15) 1.mantissa; exponent 0: 2^-14 0.mantissa; exponent 31: infinity or NaN. */
function half(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? 2 ** -14 * fraction : 2 ** (exponent - 15) * (1 + fraction));
}

function narrow(value: number): number {
  return narrowToHalf(Float32Array.of(value))[0] ?? -1;
}

describe('float16', () => {
  it('is widened exactly, for every one of its values', () => {
    expect(widenHalf(every)).toEqual(Float32Array.from(every, half));
  });

  it('comes back as it was, except that all NaN become one', () => {
    const isNaN = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;
    const expected = every.map((bits) => (isNaN(bits) ? (bits & 0x8000) | 0x7e00 : bits));
    expect(narrowToHalf(widenHalf(every))).toEqual(expected);
  });

  it('rounds to the nearest, and of two equally near ones to the even one', () => {
    const scratch = new Uint32Array(1);
    const float = new Float32Array(scratch.buffer);
    const neighbour = (value: number, step: number): number => {
      float[0] = value;
      scratch[0] = (scratch[0] ?? 0) + step;
      return float[0];
    };
    for (let bits = 0; bits < 0x7bff; bits++) {
      // The midpoint of neighbours needs one bit more than a float16 has: it is exact in float32.
      const middle = (half(bits) + half(bits + 1)) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      expect([narrow(neighbour(middle, -1)), narrow(middle), narrow(neighbour(middle, 1))]).toEqual([
        bits,
        even,
        bits + 1,
      ]);
      expect(narrow(-middle)).toBe(even | 0x8000);
    }
  });

  it('becomes infinite from 65520 on, and zero up to half of its smallest value', () => {
    expect([65519.99, 65520, 1e30, Infinity].map(narrow)).toEqual([0x7bff, 0x7c00, 0x7c00, 0x7c00]);
    expect([2 ** -25, 1e-30, -1e-30, -0].map(narrow)).toEqual([0, 0, 0x8000, 0x8000]);
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    const bits = Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x0001, 0x8000);
    expect([...widenBfloat(bits)]).toEqual([1, -2, Infinity, 2 ** -133, -0]);
  });
});
