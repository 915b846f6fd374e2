import fc from 'fast-check';
import type { Row } from '../datasets/dataset.js';

/** Only a few different texts, so that many rows share one. */
const text = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'a longer text', '');

/** Rows with labels, some of them rare, and with texts that occur several times, also across columns. */
export const sampledRows: fc.Arbitrary<Row[]> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.integer({ min: 0, max: 400 }))
  .chain(([columns, isUnique, seed]) =>
    fc
      .array(
        fc.record({
          ...Object.fromEntries(Array.from({ length: columns }, (_, place) => [`column${place}`, text])),
          label: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(0, 1, 2) }, fc.integer({ min: 3, max: 9 })),
        }),
        { minLength: 1, maxLength: 40, size: 'max' },
      )
      .map((rows) =>
        isUnique ? rows.map((row, index) => ({ ...row, column0: `text ${index + seed}` })) : rows,
      ),
  );
