import { preview } from '../../files/preview.js';

/** Places where a pattern could match nothing: an empty text, a start, an end, edges of words, spaces. */
const SAMPLES = ['', 'a', ' ', 'a b\n', 'Él 1,\t一'];

/**
 * The pattern of a Replace normalizer. Replacing a match of no length makes the library lose count of the characters, and then end
 * the process. The pattern is one of Oniguruma; what JavaScript does not read is refused.
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
    ? `is the regular expression ${preview(regex)}, which matches where there is nothing; expected one that matches characters`
    : undefined;
}

function compile(source: string): RegExp | undefined {
  for (const flags of ['gu', 'g']) {
    try {
      return new RegExp(source, flags);
    } catch {
      // The other flags may do.
    }
  }
  return undefined;
}
