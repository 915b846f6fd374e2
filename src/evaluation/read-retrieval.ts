import { join } from 'node:path';
import { checkInput, noTexts } from '../data/lines.js';
import { readTexts } from '../data/read-texts.js';
import { InputError } from '../errors.js';
import { qrelsFile, readQrels } from './read-qrels.js';
import type { RetrievalTask } from './retrieval-task.js';

/** A retrieval task that was read from a folder. */
export interface StoredTask extends RetrievalTask {
  readonly queryIds: readonly string[];
  readonly documentIds: readonly string[];
  /** The grade of each judged document of each query, by its position. Documents of grade 0 are not relevant. */
  readonly grades: readonly ReadonlyMap<number, number>[];
}

/**
 * Reads a retrieval task from a folder in the layout of BEIR: queries.jsonl and corpus.jsonl with lines {"_id" or "id",
 * "text"} and an optional "title", and the judgements as a table `qrels/SPLIT.tsv` with the columns query-id, corpus-id
 * and score, or as `qrels.jsonl` with lines {"query_id", "corpus_id"} and an optional "score".
 *
 * @param split which file of `qrels` to read. Default: the only one, otherwise `test`
 * @throws InputError that names file, line and what was expected
 */
export async function readRetrieval(folder: string, split?: string): Promise<StoredTask> {
  const [queriesFile, corpusFile] = [join(folder, 'queries.jsonl'), join(folder, 'corpus.jsonl')];
  for (const file of [queriesFile, corpusFile]) await checkInput(file);
  const qrels = await qrelsFile(folder, split);
  const queries = await textsIn(queriesFile);
  const corpus = await textsIn(corpusFile);
  const grades = queries.texts.map(() => new Map<number, number>());
  for await (const { query, document, grade, where } of readQrels(qrels)) {
    const place = queries.places.get(query);
    const found = corpus.places.get(document);
    if (place === undefined) throw new InputError(`${where}: ${queriesFile} has no query "${query}"`);
    if (found === undefined) throw new InputError(`${where}: ${corpusFile} has no document "${document}"`);
    grades[place]?.set(found, grade);
  }
  const relevant = grades.map(
    (each) => new Set([...each].flatMap(([place, grade]) => (grade > 0 ? [place] : []))),
  );
  if (relevant.every((each) => each.size === 0)) {
    throw new InputError(`${qrels} has no score above 0; expected a relevant document at least`);
  }
  return {
    queries: queries.texts,
    documents: corpus.texts,
    relevant,
    queryIds: [...queries.places.keys()],
    documentIds: [...corpus.places.keys()],
    grades,
  };
}

interface TextsOfFile {
  readonly texts: readonly string[];
  /** The position of each text by its id, in order. */
  readonly places: ReadonlyMap<string, number>;
}

async function textsIn(file: string): Promise<TextsOfFile> {
  const texts: string[] = [];
  const places = new Map<string, number>();
  for await (const { text, id, place } of readTexts(file, { format: 'jsonl' })) {
    const key = String(id);
    if (places.has(key)) throw new InputError(`${place}: the id "${key}" occurs twice; expected each once`);
    places.set(key, texts.length);
    texts.push(text);
  }
  if (texts.length === 0) throw noTexts(file);
  return { texts, places };
}
