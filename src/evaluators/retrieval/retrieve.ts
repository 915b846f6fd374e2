import type { EncodeOptions } from '../../encoder/encode-options.js';
import type { SimilarityName } from '../../features.js';
import type { SearchHits } from '../../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { EvaluatedModel } from '../evaluator.js';
import { Activations } from './activations.js';
import { corpusParts, rowsInParts } from './corpus-parts.js';
import { Rankings } from './rankings.js';
import type { RetrievalData } from './retrieval-data.js';
import { searchDocuments } from './search-documents.js';

/** The prompts of an evaluation; null: the model's own. */
export interface Prompts {
  readonly queryPrompt: string | null;
  /** The name of one of the model's prompts. */
  readonly queryPromptName: string | null;
  readonly corpusPrompt: string | null;
  readonly corpusPromptName: string | null;
}

export interface RetrieveOptions {
  readonly model: EvaluatedModel;
  readonly functions: readonly SimilarityName[];
  /** How many documents to find for each query. */
  readonly k: number;
  /** The most documents that are searched at once. */
  readonly chunk: number;
  readonly prompts: Prompts;
  readonly encoding: EncodeOptions;
  readonly corpusModel: EvaluatedModel;
  readonly corpusEmbeddings: SparseMatrix | AsyncIterable<SparseMatrix> | Iterable<SparseMatrix> | null;
}

export interface Retrieved {
  /** What was found for each query, by similarity function. */
  readonly rankings: ReadonlyMap<SimilarityName, readonly SearchHits[]>;
  readonly queries: Activations;
  readonly corpus: Activations;
}

/** A part of the corpus with this many entries, 64 MiB, is searched before more is encoded. */
const MOST_ENTRIES = 2 ** 23;
/** Documents that are encoded by one call. */
const DOCUMENTS_OF_CALL = 2048;

/** Encodes queries and documents, and finds the k best documents of each query. */
export async function retrieve(
  { queries, corpus }: Pick<RetrievalData, 'queries' | 'corpus'>,
  ranks: Uint32Array,
  how: RetrieveOptions,
): Promise<Retrieved> {
  const { prompts, encoding, model } = how;
  const embeddings = await model.encodeQuery(queries, {
    ...encoding,
    ...promptOf(prompts.queryPrompt, prompts.queryPromptName),
  });
  const active = { queries: new Activations(), corpus: new Activations() };
  active.queries.add(embeddings);
  const rankings = how.functions.map((f) => [f, new Rankings(queries.length, how.k, ranks)] as const);
  const limits = { documents: how.chunk, entries: MOST_ENTRIES };
  for await (const part of corpusParts(embeddingsOf(corpus, how), ranks, limits)) {
    active.corpus.add(part.embeddings);
    for (const [similarity, ranking] of rankings) {
      ranking.add(await searchDocuments(part.embeddings, embeddings, { similarity, k: how.k }), part.numbers);
    }
  }
  return { rankings: new Map(rankings.map(([f, ranking]) => [f, ranking.best])), ...active };
}

async function* embeddingsOf(
  corpus: readonly string[],
  { corpusEmbeddings, corpusModel, prompts, encoding }: RetrieveOptions,
): AsyncGenerator<SparseMatrix> {
  if (corpusEmbeddings !== null) {
    yield* 'indptr' in corpusEmbeddings ? rowsInParts(corpusEmbeddings, DOCUMENTS_OF_CALL) : corpusEmbeddings;
    return;
  }
  const options = { ...encoding, ...promptOf(prompts.corpusPrompt, prompts.corpusPromptName) };
  for (let begin = 0; begin < corpus.length; begin += DOCUMENTS_OF_CALL) {
    yield await corpusModel.encodeDocument(corpus.slice(begin, begin + DOCUMENTS_OF_CALL), options);
  }
}

const promptOf = (prompt: string | null, promptName: string | null): EncodeOptions => ({
  ...(prompt !== null && { prompt }),
  ...(promptName !== null && { promptName }),
});
