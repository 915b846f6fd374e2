/** The synsets that the sample data set draws from. */
import type { Hierarchy } from './hierarchy.js';
import type { Synset } from './synsets.js';

/** A common word in its most frequent sense, its definition, and definitions of its siblings. */
export interface Candidate {
  readonly synset: Synset;
  readonly lemma: string;
  readonly definition: string;
  readonly hypernyms: readonly Synset[];
  readonly siblings: readonly Synset[];
}

export const NEGATIVES = 4;

const LEMMA = /^[a-z]+(?:[ -][a-z]+)*$/;
const WORDS = { least: 4, most: 30 };
/** Definitions that a sample data set can do without. */
const UNSUITABLE =
  /offensive|obscene|disparag|derogat|vulgar|slang|slur|sexual|genital|coit|copulat|excre|feces|pejorat/i;

/** Candidates in the order of the synsets, no lemma and no definition twice. */
export function findCandidates(synsets: Iterable<Synset>, hierarchy: Hierarchy): Candidate[] {
  const candidates: Candidate[] = [];
  const seen = new Set<string>();
  for (const synset of synsets) {
    const lemma = synset.commonLemma;
    if (lemma === undefined || !LEMMA.test(lemma) || !isSuitable(synset)) continue;
    if (seen.has(lemma) || seen.has(synset.definition)) continue;
    const siblings = distinctDefinitions(
      hierarchy.siblings(synset).filter((sibling) => isSuitable(sibling) && !isAnotherSense(sibling, lemma)),
      synset.definition,
    );
    const hypernyms = distinctDefinitions(hierarchy.hypernyms(synset).filter(isSuitable), synset.definition);
    if (siblings.length < NEGATIVES || hypernyms.length === 0) continue;
    seen.add(lemma).add(synset.definition);
    candidates.push({ synset, lemma, definition: synset.definition, hypernyms, siblings });
  }
  return candidates;
}

export function isSuitable(synset: Synset): boolean {
  const words = synset.definition.split(' ').length;
  return words >= WORDS.least && words <= WORDS.most && !UNSUITABLE.test(synset.definition);
}

/** A sibling that shares the lemma would be a true definition of it, not a negative. */
function isAnotherSense(sibling: Synset, lemma: string): boolean {
  return sibling.lemmas.some((other) => other.toLowerCase() === lemma);
}

function distinctDefinitions(synsets: readonly Synset[], except: string): Synset[] {
  const seen = new Set([except]);
  return synsets.filter(({ definition }) => !seen.has(definition) && seen.add(definition));
}
