import { describe, expect, it } from 'vitest';
import { counted } from '../counted.js';
import { plainTable } from './table.js';

describe('plainTable', () => {
  const row = (name: string, columns: number): string[] => [
    name,
    ...Array.from({ length: columns }, (_, column) => `${name}${column}`.padStart(7, '.')),
  ];

  it('has aligned columns', () => {
    expect(
      plainTable([
        ['a', 'b'],
        ['long name', '10'],
      ]),
    ).toBe('a           b\nlong name  10');
  });

  it.each([5, 9, 30])('puts columns that do not fit 80 places below, of %i', (columns) => {
    const table = plainTable([row('a', columns), row('b', columns)]);
    const lines = table.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    for (let column = 0; column < columns; column++) {
      expect(table.match(new RegExp(`a${column}\\b`, 'g'))).toHaveLength(1);
    }
    expect(lines.filter((line) => line.startsWith('b'))).toHaveLength(Math.ceil(columns / 8));
  });

  it('counts a wide character as two places', () => {
    const lines = plainTable([row('家'.repeat(20), 6), row('b', 6)]).split('\n');
    expect(lines.length).toBeGreaterThan(2);
  });
});

it('counted has the number of its noun', () => {
  expect([counted(0, 'text'), counted(1, 'text'), counted(1200, 'mismatch', 'mismatches')]).toEqual([
    '0 texts',
    '1 text',
    '1,200 mismatches',
  ]);
});
