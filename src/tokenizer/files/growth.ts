import { counted } from '../../counted.js';
import type { JsonObject } from './json-object.js';

/** How many times its length a text may get by replacing all of it: "…" becomes three dots, "½" three characters. */
const MAX_GROWTH = 16;
const MAX_PREPENDED = 64;
/** Each normalizer reads the whole text. Published tokenizers have up to 10. */
const MAX_NORMALIZERS = 64;

/** What is wrong with the lengths of texts that a normalizer makes; undefined where they are in proportion. */
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

/** Characters that a Replace puts in place of each one; a regular expression may match single ones. */
function growthOf({ type, pattern, content }: JsonObject): number {
  if (type !== 'Replace' || typeof content !== 'string') return 1;
  const { String: string } = (pattern ?? {}) as JsonObject;
  const replaced = typeof string === 'string' && string !== '' ? string.length : 1;
  return Math.max(1, content.length / replaced);
}
