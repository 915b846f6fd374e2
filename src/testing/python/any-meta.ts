import * as fc from 'fast-check';
import type { JsonValue } from '../../python/exchange.js';

/** All possible values of a message's `meta`: any JSON except the numbers that encoding rejects. */
export const anyMeta: fc.Arbitrary<JsonValue> = fc
  .jsonValue()
  // JSON.stringify turns -0 into 0. Integers that some JSON readers would change are replaced.
  .map(
    (value) =>
      JSON.parse(JSON.stringify(value), (_, item: JsonValue) => (isRounded(item) ? 0.5 : item)) as JsonValue,
  );

const isRounded = (value: JsonValue): boolean => Number.isInteger(value) && !Number.isSafeInteger(value);
