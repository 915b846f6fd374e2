import { counted } from '../../counted.js';
import type { JsonObject } from './json-object.js';

/** By what factor replacing all of a text may lengthen it: "…" becomes three dots, "½" three characters. */
const MAX_GROWTH = 16;
const MAX_PREPENDED = 64;
/** Each normalizer reads the whole text. Published tokenizers have up to 10. */
const MAX_NORMALIZERS = 64;

/** Describes a normalizer that lengthens texts too much; undefined if it does not. */
export function growthProblem(normalizer: JsonObject | null): string | undefined {
  const all = normalizer === null ? [] : flat(normalizer);
  if (all.length > MAX_NORMALIZERS) {
    return `normalizer has ${all.length} normalizers; expected at most ${MAX_NORMALIZERS}`;
  }
  const growth = all.reduce((product, each) => product * growthOf(each), 1);
  if (growth > MAX_GROWTH) {
    return `normalizer replaces texts by ones ${growth} times as long; expected at most ${MAX_GROWTH} times`;
  }
  const { length } = all.map(({ prepend }) => (typeof prepend === 'string' ? prepend : '')).join('');
  return length > MAX_PREPENDED
    ? `normalizer prepends ${counted(length, 'character')}; expected at most ${MAX_PREPENDED}`
    : undefined;
}

function flat(component: JsonObject): JsonObject[] {
  const { normalizers } = component;
  if (!Array.isArray(normalizers)) return [component];
  return normalizers.flatMap((each: unknown) =>
    typeof each === 'object' && each !== null ? flat(each as JsonObject) : [],
  );
}

/** How many characters a Replace substitutes for each one. A regular expression may match single characters. */
function growthOf({ type, pattern, content }: JsonObject): number {
  if (type !== 'Replace' || typeof content !== 'string') return 1;
  const { String: string } = (pattern ?? {}) as JsonObject;
  const replaced = typeof string === 'string' && string !== '' ? string.length : 1;
  return Math.max(1, content.length / replaced);
}
