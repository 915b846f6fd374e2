import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from '../../files/write-file.js';
import type { SearchHits } from '../../sparse/search/sparse-index.js';
import type { RetrievalData } from './retrieval-data.js';

/**
 * Writes what was found, a file for each similarity function: a line {query_id, query, results: [{corpus_id, score}]}
 * for each query. Files of an earlier evaluation are replaced.
 */
export async function writePredictions(
  folder: string,
  name: string,
  data: RetrievalData,
  rankings: ReadonlyMap<string, readonly SearchHits[]>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [f, found] of rankings) {
    await writeFileWhole(join(folder, `${name}_${f}.jsonl`), linesOf(data, found));
  }
}

function* linesOf(data: RetrievalData, found: readonly SearchHits[]): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const [query, { documents, scores }] of found.entries()) {
    const results = Array.from(documents, (document, place) => ({
      corpus_id: data.corpusIds[document],
      score: scores[place],
    }));
    const line = { query_id: data.queryIds[query], query: data.queries[query], results };
    yield encoder.encode(`${JSON.stringify(line)}\n`);
  }
}
