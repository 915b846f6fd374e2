import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { charsmapProblem } from './charsmap.js';

const FILE = new URL('../../../fixtures/tokenizers/xlm-roberta/tokenizer.json', import.meta.url);

/** Made by SentencePiece. */
function realCharsmap(): Buffer {
  const json = JSON.parse(readFileSync(fileURLToPath(FILE), 'utf8')) as {
    normalizer: { normalizers: [{ precompiled_charsmap: string }] };
  };
  return Buffer.from(json.normalizer.normalizers[0].precompiled_charsmap, 'base64');
}

function charsmap(units: readonly number[], texts = '\0'): string {
  const bytes = Buffer.alloc(4 + 4 * units.length);
  bytes.writeUInt32LE(4 * units.length, 0);
  for (const [index, unit] of units.entries()) bytes.writeUInt32LE(unit, 4 + 4 * index);
  return Buffer.concat([bytes, Buffer.from(texts)]).toString('base64');
}

const empty = Array<number>(512).fill(0);

describe('charsmapProblem', () => {
  it('finds nothing in a table that SentencePiece made', () => {
    expect(charsmapProblem(realCharsmap().toString('base64'))).toBeUndefined();
    expect(charsmapProblem(charsmap(empty))).toBeUndefined();
  });

  it('finds an array that is too short for some byte', () => {
    expect(charsmapProblem(charsmap([0, 0, 0, 0]))).toMatch(/leads out of itself/);
  });

  it('finds a way out of the array behind a unit that is reached', () => {
    const units = [...empty];
    // The children of the root begin at 256, and the child of "a" leads far away.
    units[0] = 256 << 10;
    units[256 ^ 0x61] = ((1 << 20) << 10) | 0x61;
    expect(charsmapProblem(charsmap(units))).toMatch(/leads out of itself/);
    // Without its label nothing looks behind it.
    units[256 ^ 0x61] = (1 << 20) << 10;
    expect(charsmapProblem(charsmap(units))).toBeUndefined();
  });

  it('finds a value beyond the texts, or inside a character', () => {
    const place = 256 ^ 0x61;
    const valueAt = 0x80;
    const withValue = (value: number): string => {
      const units = [...empty];
      units[0] = 256 << 10;
      units[place] = ((place ^ valueAt) << 10) | 0x100 | 0x61;
      units[valueAt] = (0x80000000 | value) >>> 0;
      return charsmap(units, 'é\0');
    };
    expect(charsmapProblem(withValue(0))).toBeUndefined();
    expect(charsmapProblem(withValue(1))).toMatch(/leads out of itself/);
    expect(charsmapProblem(withValue(2))).toBeUndefined();
    expect(charsmapProblem(withValue(100))).toMatch(/leads out of itself/);
  });

  it.each([[undefined], [''], ['AAAA'], ['BAAAAAAAAAA='], ['no base64!'], [[0, 0]]])(
    'finds that %j is not a table',
    (value) => {
      expect(charsmapProblem(value)).toBeDefined();
    },
  );

  it('ends soon and without an error for a table with any byte changed', () => {
    const real = realCharsmap();
    let refused = 0;
    for (let place = 0; place < real.length; place += 7) {
      const bytes = Buffer.from(real);
      bytes[place] = (bytes[place] ?? 0) ^ 0xff;
      if (charsmapProblem(bytes.toString('base64')) !== undefined) refused++;
    }
    expect(refused).toBeGreaterThan(10);
  });
});
