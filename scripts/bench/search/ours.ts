import { createInterface } from 'node:readline';
import { z } from 'zod';
import { SparseIndex } from '../../../src/sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../../src/sparse/sparse-matrix.js';
import { collection } from './collection.js';
import { SearchCase } from './spec.js';

interface Round {
  ms: number;
  /** Mean of the last hits' scores, or the number of documents. */
  value: number;
}

const PART = 2 ** 15;

function* documents(spec: SearchCase): Generator<SparseMatrix> {
  for (let begin = 0; begin < spec.documents; begin += PART) {
    const end = Math.min(begin + PART, spec.documents);
    yield collection('documents', begin, end, spec.draws.document, spec.dimensions);
  }
}

/** The documents are in memory before; what comes on top of them is the index. */
function prepareBuild(spec: SearchCase): () => Promise<Round> {
  const parts = [...documents(spec)];
  return async () => {
    const start = performance.now();
    const index = await SparseIndex.fromStream(parts, spec.dimensions);
    return { ms: performance.now() - start, value: index.documents };
  };
}

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

const peakMiB = (): number => process.resourceUsage().maxRSS / 1024;

const Request = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prepare'), row: SearchCase, threads: z.number() }),
  z.object({ kind: z.literal('round') }),
  z.object({ kind: z.literal('finish') }),
]);

let round: (() => Promise<Round>) | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const request = Request.parse(JSON.parse(line));
  if (request.kind === 'prepare') {
    // Of a search, the index is what it needs; of a build, the documents are not.
    const libraries = peakMiB();
    const building = request.row.operation === 'build';
    round = building ? prepareBuild(request.row) : await prepareSearch(request.row);
    answer({ engine: 'sparse-encoder', threads: 1, startMiB: building ? peakMiB() : libraries });
  } else if (request.kind === 'finish') {
    answer({ peakMiB: peakMiB() });
  } else {
    if (round === undefined) throw new Error('a round was asked for before prepare');
    answer(await round());
  }
}

function answer(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
