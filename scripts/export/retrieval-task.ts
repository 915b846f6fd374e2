import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Queries and documents, and which documents answer each query. */
export interface RetrievalTask {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  /** Of each query, numbers of documents. */
  readonly relevant: readonly ReadonlySet<number>[];
}

const text = z.object({ id: z.string(), text: z.string() });
const judgement = z.object({ query_id: z.string(), corpus_id: z.string() });

/** What npm run make-models writes into a folder `retrieval`. */
export function readRetrievalTask(folder: string): RetrievalTask {
  const queries = readJsonLines(join(folder, 'queries.jsonl'), text);
  const documents = readJsonLines(join(folder, 'corpus.jsonl'), text);
  const numbers = new Map(documents.map(({ id }, number) => [id, number]));
  const answers = new Map(queries.map(({ id }) => [id, new Set<number>()]));
  for (const { query_id: query, corpus_id: id } of readJsonLines(join(folder, 'qrels.jsonl'), judgement)) {
    const number = numbers.get(id);
    if (number !== undefined) answers.get(query)?.add(number);
  }
  return {
    queries: queries.map((each) => each.text),
    documents: documents.map((each) => each.text),
    relevant: [...answers.values()],
  };
}

function readJsonLines<T>(file: string, row: z.ZodType<T>): T[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => row.parse(JSON.parse(line)));
}
