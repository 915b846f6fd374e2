/** The hypernym hierarchy: siblings, and graded similarity by Wu and Palmer (1994). */
import type { Synset, SynsetId } from './synsets.js';

export interface Hierarchy {
  /** Other synsets that share a hypernym with this one and are not above or below it. */
  siblings(synset: Synset): Synset[];
  hypernyms(synset: Synset): Synset[];
  /**
   * 2 d(c) / (l(a, c) + l(b, c) + 2 d(c)), at the common ancestor-or-self c that makes it largest, where
   * d(c) = nodes on the longest path from the root to c and l(x, c) = edges of the shortest hypernym path
   * from x to c. Verbs have many roots: one more node above them, of depth 1, joins them, so the value is
   * above 0 within a part of speech, and 1 only for a = b.
   */
  wuPalmer(a: Synset, b: Synset): number;
}

const ROOT = 'root';
const ROOT_DEPTH = 1;

export function buildHierarchy(synsets: ReadonlyMap<SynsetId, Synset>): Hierarchy {
  const existing = (ids: Iterable<SynsetId>): Synset[] =>
    [...ids].map((id) => synsets.get(id)).filter((synset) => synset !== undefined);
  const hypernyms = (synset: Synset): Synset[] => existing(synset.hypernyms);

  const hyponyms = new Map<SynsetId, SynsetId[]>();
  for (const synset of synsets.values()) {
    for (const hypernym of synset.hypernyms) {
      const below = hyponyms.get(hypernym) ?? [];
      below.push(synset.id);
      hyponyms.set(hypernym, below);
    }
  }

  const depths = new Map<SynsetId, number>();
  const depthOf = (synset: Synset): number => {
    const known = depths.get(synset.id);
    if (known !== undefined) return known;
    // WordNet's verbs contain a cycle of hypernyms; a synset met again on its own path counts as a root.
    depths.set(synset.id, ROOT_DEPTH);
    const above = hypernyms(synset);
    const rootDepth = synset.partOfSpeech === 'v' ? ROOT_DEPTH + 1 : ROOT_DEPTH;
    const depth = above.length === 0 ? rootDepth : 1 + Math.max(...above.map(depthOf));
    depths.set(synset.id, depth);
    return depth;
  };

  /** Each ancestor-or-self with the length of the shortest path to it, breadth first. */
  const pathLengths = (synset: Synset): Map<SynsetId | typeof ROOT, number> => {
    const lengths = new Map<SynsetId | typeof ROOT, number>([[synset.id, 0]]);
    let frontier = [synset];
    for (let length = 1; frontier.length > 0; length++) {
      const next: Synset[] = [];
      for (const lower of frontier) {
        const above = hypernyms(lower);
        if (above.length === 0 && lower.partOfSpeech === 'v' && !lengths.has(ROOT)) lengths.set(ROOT, length);
        for (const upper of above) {
          if (lengths.has(upper.id)) continue;
          lengths.set(upper.id, length);
          next.push(upper);
        }
      }
      frontier = next;
    }
    return lengths;
  };

  return {
    hypernyms,
    siblings(synset) {
      const ids = new Set(synset.hypernyms.flatMap((id) => hyponyms.get(id) ?? []));
      const above = pathLengths(synset);
      return existing(ids).filter((other) => !above.has(other.id) && !pathLengths(other).has(synset.id));
    },
    wuPalmer(a, b) {
      const fromB = pathLengths(b);
      let best = 0;
      for (const [id, lengthA] of pathLengths(a)) {
        const lengthB = fromB.get(id);
        if (lengthB === undefined) continue;
        const common = id === ROOT ? undefined : synsets.get(id);
        const depth = common === undefined ? ROOT_DEPTH : depthOf(common);
        best = Math.max(best, (2 * depth) / (lengthA + lengthB + 2 * depth));
      }
      return best;
    },
  };
}
