/** The rows that need no teacher. Every file has its own seed, so changing one does not affect the others. */
import { seededRandom, type Random } from '../../src/random.js';
import { NEGATIVES, type Candidate } from './candidates.js';
import { FILES, type Row } from './columns.js';
import type { Hierarchy } from './hierarchy.js';
import type { Synset } from './synsets.js';

export type TextFileName = 'pair' | 'triplet' | 'n-tuple' | 'scored-pair' | 'class-text' | 'class-pair';

const SEEDS = {
  pair: 1,
  triplet: 2,
  'n-tuple': 3,
  'scored-pair': 4,
  'class-text': 5,
  'class-pair': 6,
} as const satisfies Record<TextFileName, number>;

export function buildTextRows(
  candidates: readonly Candidate[],
  hierarchy: Hierarchy,
): Record<TextFileName, Row[]> {
  return {
    pair: pairRows(candidates),
    triplet: tripletRows(candidates),
    'n-tuple': nTupleRows(candidates),
    'scored-pair': scoredPairRows(candidates, hierarchy),
    'class-text': classTextRows(candidates),
    'class-pair': classPairRows(candidates),
  };
}

function draw(file: TextFileName, candidates: readonly Candidate[]): { random: Random; drawn: Candidate[] } {
  const random = seededRandom(SEEDS[file]);
  return { random, drawn: random.shuffle(candidates) };
}

function pairRows(candidates: readonly Candidate[]): Row[] {
  const { drawn } = draw('pair', candidates);
  return drawn
    .slice(0, FILES.pair.rows)
    .map(({ lemma, definition }) => ({ anchor: lemma, positive: definition }));
}

function tripletRows(candidates: readonly Candidate[]): Row[] {
  const { random, drawn } = draw('triplet', candidates);
  return drawn.slice(0, FILES.triplet.rows).map(({ lemma, definition, siblings }) => ({
    anchor: lemma,
    positive: definition,
    negative: random.pick(siblings).definition,
  }));
}

function nTupleRows(candidates: readonly Candidate[]): Row[] {
  const { random, drawn } = draw('n-tuple', candidates);
  return drawn.slice(0, FILES['n-tuple'].rows).map(({ lemma, definition, siblings }) => {
    const negatives = random
      .shuffle(siblings)
      .slice(0, NEGATIVES)
      .map((sibling, index) => [`negative_${index + 1}`, sibling.definition] as const);
    return { anchor: lemma, positive: definition, ...Object.fromEntries(negatives) };
  });
}

const SCORE_DECIMALS = 4;

/**
 * The partner is in turn a hypernym, a sibling, another synset of the same lexicographer file and any synset of the
 * same part of speech, so that the scores cover their range.
 */
function scoredPairRows(candidates: readonly Candidate[], hierarchy: Hierarchy): Row[] {
  const { random, drawn } = draw('scored-pair', candidates);
  return drawn.slice(0, FILES['scored-pair'].rows).map((candidate, index) => {
    const { synset } = candidate;
    const others = (accept: (other: Synset) => boolean): Synset[] =>
      candidates
        .map((other) => other.synset)
        .filter((other) => other.definition !== synset.definition && accept(other));
    const partners = [
      () => candidate.hypernyms,
      () => candidate.siblings,
      () => others((other) => other.lexname === synset.lexname),
      () => others((other) => other.partOfSpeech === synset.partOfSpeech),
    ];
    const partner = random.pick((partners[index % partners.length] ?? (() => []))());
    return {
      sentence1: candidate.definition,
      sentence2: partner.definition,
      score: Number(hierarchy.wuPalmer(synset, partner).toFixed(SCORE_DECIMALS)),
    };
  });
}

const TEXTS_PER_CLASS = 16;

/** As many classes as the rows allow: those with the most candidates, with equally many texts each. */
function classTextRows(candidates: readonly Candidate[]): Row[] {
  const { random, drawn } = draw('class-text', candidates);
  const byClass = new Map<string, Candidate[]>();
  for (const candidate of drawn) {
    const { lexname } = candidate.synset;
    byClass.set(lexname, [...(byClass.get(lexname) ?? []), candidate]);
  }
  const classes = [...byClass]
    .toSorted(([nameA, a], [nameB, b]) => b.length - a.length || (nameA < nameB ? -1 : 1))
    .slice(0, FILES['class-text'].rows / TEXTS_PER_CLASS);
  const rows = classes.flatMap(([lexname, members]) =>
    members.slice(0, TEXTS_PER_CLASS).map(({ definition }) => ({ text: definition, label: lexname })),
  );
  return random.shuffle(rows);
}

/** The classes of class-pair.jsonl. Each sentence1 occurs once with each class. */
export const PAIR_CLASSES = ['hypernym', 'sibling', 'other-lexname'] as const;

function classPairRows(candidates: readonly Candidate[]): Row[] {
  const { random, drawn } = draw('class-pair', candidates);
  return drawn.slice(0, FILES['class-pair'].rows / PAIR_CLASSES.length).flatMap((candidate) => {
    const { synset, definition } = candidate;
    const elsewhere = candidates.filter(
      (other) => other.synset.partOfSpeech === synset.partOfSpeech && other.synset.lexname !== synset.lexname,
    );
    const partners = {
      hypernym: random.pick(candidate.hypernyms).definition,
      sibling: random.pick(candidate.siblings).definition,
      'other-lexname': random.pick(elsewhere).definition,
    } satisfies Record<(typeof PAIR_CLASSES)[number], string>;
    return PAIR_CLASSES.map((label) => ({ sentence1: definition, sentence2: partners[label], label }));
  });
}
