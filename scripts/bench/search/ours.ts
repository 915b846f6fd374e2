import { SparseIndex } from '../../../src/sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../../src/sparse/sparse-matrix.js';
import { peakMiB, type Round, serve } from '../serve.js';
import { collection } from './collection.js';
import { SearchCase } from './spec.js';

const PART = 2 ** 15;

function* documents(spec: SearchCase): Generator<SparseMatrix> {
  for (let begin = 0; begin < spec.documents; begin += PART) {
    const end = Math.min(begin + PART, spec.documents);
    yield collection('documents', begin, end, spec.draws.document, spec.dimensions);
  }
}

/** The documents are in memory before; everything beyond them is the index. */
function prepareBuild(spec: SearchCase): () => Promise<Round> {
  const parts = [...documents(spec)];
  return async () => {
    const start = performance.now();
    const index = await SparseIndex.fromStream(parts, spec.dimensions);
    return { ms: performance.now() - start, value: index.documents };
  };
}

/** The value of a round: the mean of the last hits' scores; for a build, the number of documents. */
async function prepareSearch(spec: SearchCase): Promise<() => Promise<Round>> {
  const index = await SparseIndex.fromStream(documents(spec), spec.dimensions);
  const queries = collection('queries', 0, spec.queries, spec.draws.query, spec.dimensions);
  return async () => {
    const start = performance.now();
    const hits = index.search(queries, spec.k);
    const ms = performance.now() - start;
    const sum = hits.reduce((total, { scores }) => total + (scores.at(-1) ?? NaN), 0);
    return { ms, value: sum / hits.length };
  };
}

await serve(SearchCase, async (row) => {
  // A search needs the index. A build is not charged for the documents.
  const libraries = peakMiB();
  const building = row.operation === 'build';
  const round = building ? prepareBuild(row) : await prepareSearch(row);
  return { engine: 'sparse-encoder', threads: 1, startMiB: building ? peakMiB() : libraries, round };
});
