import { join } from 'node:path';
import { InputError } from '../errors.js';
import type { RetrievalTask } from '../export/verification/compare-rankings.js';
import { checkInput, linesOf } from './lines.js';
import { type InputText, readTexts } from './read-texts.js';

/**
 * A retrieval task out of a folder: queries.jsonl and corpus.jsonl with lines {"id", "text"}, and qrels.jsonl with lines
 * {"query_id", "corpus_id"}.
 *
 * @throws InputError naming file, line and what was expected
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
    if (found === undefined)
      throw new InputError(`${qrelsFile}:${number}: ${queriesFile} has no query "${query}"`);
    if (place === undefined)
      throw new InputError(`${qrelsFile}:${number}: ${corpusFile} has no document "${document}"`);
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
  for await (const text of readTexts(file)) {
    const id = String(text.id);
    if (ids.has(id)) throw new InputError(`${file} has the id "${id}" twice; expected each once`);
    ids.add(id);
    texts.push(text);
  }
  if (texts.length > 0) return texts;
  throw new InputError(`${file} has no texts; expected lines {"id", "text"}`);
}

function idsOf(line: string, where: string): { query_id: string; corpus_id: string } {
  const expected = 'expected {"query_id", "corpus_id"}';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new InputError(`${where}: no JSON; ${expected}`, { cause });
  }
  const { query_id: query, corpus_id: document } = (value ?? {}) as Record<string, unknown>;
  const isId = (id: unknown): id is string | number => typeof id === 'string' || typeof id === 'number';
  if (!isId(query) || !isId(document)) throw new InputError(`${where}: ${expected}`);
  return { query_id: String(query), corpus_id: String(document) };
}
