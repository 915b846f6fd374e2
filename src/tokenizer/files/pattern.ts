import { preview } from '../../files/preview.js';

/** Texts where a pattern could match nothing: an empty text, a start, an end, edges of words, spaces. */
const SAMPLES = ['', 'a', ' ', 'a b\n', 'Él 1,\t一'];

/**
 * Checks the pattern of a Replace normalizer. A match of length 0 makes the library miscount characters and end the
 * process. The pattern is in Oniguruma's syntax; patterns that JavaScript does not accept are refused.
 */
export function patternProblem(pattern: unknown): string | undefined {
  const { String: string, Regex: regex } = (pattern ?? {}) as Record<string, unknown>;
  if (typeof string === 'string') {
    return string === '' ? 'is the empty string; expected at least one character' : undefined;
  }
  if (typeof regex !== 'string') return `is ${preview(pattern)}; expected {"String": …} or {"Regex": …}`;
  const compiled = compile(regex);
  if (compiled === undefined) {
    return `is the regular expression ${preview(regex)}; expected one that JavaScript reads too`;
  }
  const matches = SAMPLES.flatMap((sample) => [...sample.matchAll(compiled)]);
  return matches.some(([match]) => match === '')
    ? `is the regular expression ${preview(regex)}, which matches the empty string; expected one that matches characters`
    : undefined;
}

function compile(source: string): RegExp | undefined {
  for (const flags of ['gu', 'g']) {
    try {
      return new RegExp(source, flags);
    } catch {
      // Another flag may work.
    }
  }
  return undefined;
}
