/** The data for training and measuring the models: WordNet's nouns and verbs, drawn with seeds. */
import { seededRandom } from '../../src/random.js';
import { readSynsets, type Synset, wordnetFolder } from '../wordnet/synsets.js';

export const QUERIES = 500;
export const DOCUMENTS = 5000;
const SEEDS = { retrieval: 1, pairs: 2, texts: 3 } as const;

export interface Text {
  readonly id: string;
  readonly text: string;
}

export interface ModelData {
  /** A lemma and one of its definitions, neither of which occurs in the retrieval task. */
  readonly pairs: readonly { readonly anchor: string; readonly positive: string }[];
  readonly queries: readonly Text[];
  readonly corpus: readonly Text[];
  readonly qrels: readonly { readonly query_id: string; readonly corpus_id: string }[];
  /** Texts of mixed length for measuring the speed of an encoder. */
  readonly texts: readonly { readonly text: string }[];
}

export function buildModelData(folder: string = wordnetFolder()): ModelData {
  const synsets = [...readSynsets(folder).values()].filter(({ definition }) => definition !== '');
  const { queries, documents } = drawRetrieval(synsets);
  const defining = documentsByLemma(documents);
  return {
    pairs: pairsOutside(synsets, queries, documents),
    queries: queries.map((text, index) => ({ id: `q${index}`, text })),
    corpus: documents.map(({ id, definition }) => ({ id, text: definition })),
    qrels: queries.flatMap((lemma, index) =>
      (defining.get(lemma.toLowerCase()) ?? []).map((id) => ({ query_id: `q${index}`, corpus_id: id })),
    ),
    texts: mixedTexts(synsets).map((text) => ({ text })),
  };
}

function documentsByLemma(documents: readonly Synset[]): Map<string, string[]> {
  const byLemma = new Map<string, string[]>();
  for (const { id, lemmas } of documents) {
    for (const lemma of new Set(lemmas.map((other) => other.toLowerCase()))) {
      byLemma.set(lemma, [...(byLemma.get(lemma) ?? []), id]);
    }
  }
  return byLemma;
}

/**
 * The queries are common words, each with the definition of its first sense among the documents. The other documents
 * are drawn from all. A document that defines the word in another sense is relevant as well.
 */
function drawRetrieval(synsets: readonly Synset[]): { queries: string[]; documents: Synset[] } {
  const random = seededRandom(SEEDS.retrieval);
  const drawn = withDistinctDefinitions(random.shuffle(synsets));
  const lemmas = new Set<string>();
  const asked = drawn
    .filter(({ commonLemma }) => commonLemma !== undefined && isNew(lemmas, commonLemma.toLowerCase()))
    .slice(0, QUERIES);
  const isAsked = new Set(asked);
  const others = drawn.filter((synset) => !isAsked.has(synset)).slice(0, DOCUMENTS - QUERIES);
  return {
    queries: asked.map(({ commonLemma = '' }) => commonLemma),
    documents: random.shuffle([...asked, ...others]),
  };
}

function withDistinctDefinitions(synsets: readonly Synset[]): Synset[] {
  const seen = new Set<string>();
  return synsets.filter(({ definition }) => isNew(seen, definition));
}

function isNew(seen: Set<string>, text: string): boolean {
  const before = seen.size;
  return seen.add(text).size > before;
}

function pairsOutside(
  synsets: readonly Synset[],
  queries: readonly string[],
  documents: readonly Synset[],
): { anchor: string; positive: string }[] {
  const asked = new Set(queries.map((lemma) => lemma.toLowerCase()));
  const searched = new Set(documents.map(({ definition }) => definition));
  const pairs = synsets
    .filter(({ definition }) => !searched.has(definition))
    .flatMap(({ lemmas, definition }) =>
      lemmas
        .filter((lemma) => !asked.has(lemma.toLowerCase()))
        .map((lemma) => ({ anchor: lemma, positive: definition })),
    );
  return seededRandom(SEEDS.pairs).shuffle(pairs);
}

const TEXTS = { lemmas: 400, definitions: 600, examples: 300, passages: 700 } as const;
const LONGEST_PASSAGE = 100;

function mixedTexts(synsets: readonly Synset[]): string[] {
  const random = seededRandom(SEEDS.texts);
  const drawn = random.shuffle(synsets);
  const definitions = drawn.map(({ definition }) => definition);
  // Consecutive definitions, until the next one would exceed the intended length of the passage.
  const rest = definitions.slice(TEXTS.definitions).values();
  const passages = Array.from({ length: TEXTS.passages }, () => {
    const words = 10 + random.below(LONGEST_PASSAGE - 9);
    let passage = '';
    for (const definition of rest) {
      const longer = passage === '' ? definition : `${passage}. ${definition}`;
      if (longer.split(' ').length > words) break;
      passage = longer;
    }
    return passage === '' ? random.pick(definitions) : passage;
  });
  return random.shuffle([
    ...drawn.slice(0, TEXTS.lemmas).map(({ lemmas }) => lemmas[0] ?? ''),
    ...definitions.slice(0, TEXTS.definitions),
    ...drawn.flatMap(({ examples }) => examples).slice(0, TEXTS.examples),
    ...passages,
  ]);
}
