import { join } from 'node:path';
import { checkInput, linesOf, noTexts } from '../data/lines.js';
import { parseJsonLine } from '../data/parse-json-line.js';
import { type InputText, readTexts } from '../data/read-texts.js';
import { idIn } from '../data/text-id.js';
import { InputError } from '../errors.js';
import type { RetrievalTask } from './retrieval-task.js';

/**
 * Reads a retrieval task from a folder: queries.jsonl and corpus.jsonl with lines {"id", "text"}, and qrels.jsonl with
 * lines {"query_id", "corpus_id"}.
 *
 * @throws InputError that names file, line and what was expected
 */
export async function readRetrieval(folder: string): Promise<RetrievalTask> {
  const [queriesFile, corpusFile, qrelsFile] = ['queries.jsonl', 'corpus.jsonl', 'qrels.jsonl'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  for (const file of [queriesFile, corpusFile, qrelsFile]) await checkInput(file);
  const queries = await textsIn(queriesFile);
  const corpus = await textsIn(corpusFile);
  const places = new Map(corpus.map(({ id }, place) => [String(id), place]));
  const relevant = new Map(queries.map(({ id }) => [String(id), new Set<number>()]));
  let number = 0;
  for await (const line of linesOf(qrelsFile)) {
    number++;
    if (line.trim() === '') continue;
    const { query_id: query, corpus_id: document } = idsOf(line, `${qrelsFile}:${number}`);
    const found = relevant.get(query);
    const place = places.get(document);
    if (found === undefined) {
      throw new InputError(`${qrelsFile}:${number}: ${queriesFile} has no query "${query}"`);
    }
    if (place === undefined) {
      throw new InputError(`${qrelsFile}:${number}: ${corpusFile} has no document "${document}"`);
    }
    found.add(place);
  }
  if ([...relevant.values()].every((each) => each.size === 0)) {
    throw new InputError(`${qrelsFile} has no lines; expected {"query_id", "corpus_id"} in each`);
  }
  return {
    queries: queries.map(({ text }) => text),
    documents: corpus.map(({ text }) => text),
    relevant: queries.map(({ id }) => relevant.get(String(id)) as Set<number>),
  };
}

async function textsIn(file: string): Promise<InputText[]> {
  const texts: InputText[] = [];
  const ids = new Set<string>();
  for await (const text of readTexts(file, { format: 'jsonl' })) {
    const id = String(text.id);
    if (ids.has(id)) throw new InputError(`${file} has the id "${id}" twice; expected each once`);
    ids.add(id);
    texts.push(text);
  }
  if (texts.length > 0) return texts;
  throw noTexts(file);
}

function idsOf(line: string, where: string): { query_id: string; corpus_id: string } {
  const value = parseJsonLine(line, where);
  if (typeof value === 'object' && value !== null) {
    const [query, document] = ['query_id', 'corpus_id'].map((key) => idIn(value, key, line, where));
    if (query !== undefined && document !== undefined) {
      return { query_id: String(query), corpus_id: String(document) };
    }
  }
  throw new InputError(`${where}: expected {"query_id", "corpus_id"}`);
}
