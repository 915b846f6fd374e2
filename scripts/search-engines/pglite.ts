import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { payloadLines } from '../../src/sparse/payloads/write-payloads.js';
import type { SearchHits } from '../../src/sparse/search/sparse-index.js';
import { type SearchEngine, searchHits, type SearchTask, secondsOf } from './engine.js';

/** Documents of one INSERT. */
const BATCH = 250;

/** pgvector's `<#>` is the negative inner product, so that the best come first in ascending order. */
const SEARCH = `
  SELECT id, -(embedding <#> $1) AS score
  FROM documents
  ORDER BY embedding <#> $1
  LIMIT $2`;

/** PostgreSQL with pgvector, compiled to WebAssembly, in this process. Its search compares with every row. */
export const pglite: SearchEngine = {
  title: 'PGlite 0.5.14 (PostgreSQL, pgvector sparsevec)',
  packages: [],
  megabytes: 0,
  async search(task: SearchTask) {
    const database = await PGlite.create({ extensions: { vector } });
    try {
      const indexSeconds = await secondsOf(() => insert(database, task));
      const hits: SearchHits[] = [];
      const searchSeconds = await secondsOf(async () => {
        for (const query of payloadLines('pgvector', task.queries)) {
          // oxlint-disable-next-line no-await-in-loop -- a query at a time is what is timed
          const { rows } = await database.query<{ id: number; score: number }>(SEARCH, [query, task.k]);
          hits.push(searchHits(rows.map(({ id, score }) => [id, score])));
        }
      });
      return { hits, indexSeconds, queriesPerSecond: task.queries.rows / searchSeconds };
    } finally {
      await database.close();
    }
  },
};

async function insert(database: PGlite, { documents }: SearchTask): Promise<void> {
  await database.exec(`
    CREATE EXTENSION vector;
    CREATE TABLE documents (id integer PRIMARY KEY, embedding sparsevec(${documents.columns}) NOT NULL)`);
  const embeddings = [...payloadLines('pgvector', documents)];
  for (let first = 0; first < embeddings.length; first += BATCH) {
    const batch = embeddings.slice(first, first + BATCH);
    // oxlint-disable-next-line no-await-in-loop -- one connection
    await database.query(
      'INSERT INTO documents SELECT id, embedding::sparsevec FROM unnest($1::integer[], $2::text[]) AS row (id, embedding)',
      [batch.map((_, i) => first + i), batch],
    );
  }
}
