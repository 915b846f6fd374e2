import * as fc from 'fast-check';
import type { JsonValue } from '../../python/exchange.js';

/** What a message's `meta` can be: any JSON, without the numbers that encoding refuses. */
export const anyMeta: fc.Arbitrary<JsonValue> = fc
  .jsonValue()
  // JSON.stringify makes 0 of -0; integers that not every JSON reader keeps are replaced.
  .map(
    (value) =>
      JSON.parse(JSON.stringify(value), (_, item: JsonValue) => (isRounded(item) ? 0.5 : item)) as JsonValue,
  );

const isRounded = (value: JsonValue): boolean => Number.isInteger(value) && !Number.isSafeInteger(value);
