import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { payloadLines } from '../../src/sparse/payloads/write-payloads.js';
import type { SparseMatrix } from '../../src/sparse/sparse-matrix.js';
import { type SearchEngine, searchHits, type SearchTask } from './engine.js';
import { ensurePackage } from './python-packages.js';
import { runProgram } from './run-program.js';

const VERSION = '0.9.0';
const PACKAGE = `qdrant-edge-py==${VERSION}`;
const SCRIPT = fileURLToPath(new URL('qdrant.py', import.meta.url));

const Answer = z.object({
  index_seconds: z.number(),
  search_seconds: z.number(),
  hits: z.array(z.array(z.tuple([z.number(), z.number()]))),
});

/** Qdrant's storage and inverted index as a library, which PyPI has; no registry has the server. */
export const qdrant: SearchEngine = {
  title: `Qdrant Edge ${VERSION}`,
  packages: [PACKAGE],
  megabytes: 35,
  async search({ documents, queries, k, folder, python, log }: SearchTask) {
    const packages = await ensurePackage(PACKAGE, { python, log });
    const files = { documents: join(folder, 'documents.jsonl'), queries: join(folder, 'queries.jsonl') };
    writePayload(files.documents, documents);
    writePayload(files.queries, queries);
    const output = await runProgram(
      python,
      ['-B', SCRIPT, files.documents, files.queries, String(k), join(folder, 'shard')],
      { PYTHONPATH: packages, PYTHONUTF8: '1' },
    );
    const answer = Answer.parse(JSON.parse(output));
    return {
      hits: answer.hits.map(searchHits),
      indexSeconds: answer.index_seconds,
      queriesPerSecond: queries.rows / answer.search_seconds,
    };
  },
};

function writePayload(file: string, matrix: SparseMatrix): void {
  writeFileSync(file, [...payloadLines('qdrant', matrix), ''].join('\n'));
}
