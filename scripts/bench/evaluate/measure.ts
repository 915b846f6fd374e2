/** Evaluates retrieval on generated embeddings, and prints time and peak memory as JSON: measure.ts DOCUMENTS QUERIES */
import type { EvaluatedModel } from '../../../src/evaluators/evaluator.js';
import { SparseInformationRetrievalEvaluator } from '../../../src/evaluators/retrieval/information-retrieval-evaluator.js';
import type { SparseMatrix } from '../../../src/sparse/sparse-matrix.js';
import { collection } from '../search/collection.js';

const [documents = 0, queries = 0] = process.argv.slice(2).map(Number);
const DIMENSIONS = 30_522;
const TERMS = { queries: 30, documents: 100 };
const ROWS_AT_A_TIME = 2048;

const idOf = (number: number): string => `d${String(number).padStart(8, '0')}`;

async function* embeddings(): AsyncGenerator<SparseMatrix> {
  for (let begin = 0; begin < documents; begin += ROWS_AT_A_TIME) {
    const end = Math.min(documents, begin + ROWS_AT_A_TIME);
    yield collection('documents', begin, end, TERMS.documents, DIMENSIONS);
  }
}

const embedQueries = async (): Promise<SparseMatrix> =>
  collection('queries', 0, queries, TERMS.queries, DIMENSIONS);
const model: EvaluatedModel = {
  similarityFnName: 'dot',
  encode: embedQueries,
  encodeQuery: embedQueries,
  encodeDocument: embedQueries,
};

const numbers = Array.from({ length: documents }, (_, number) => number);
const evaluator = new SparseInformationRetrievalEvaluator({
  queries: new Map(numbers.slice(0, queries).map((number) => [`q${number}`, ''])),
  corpus: new Map(numbers.map((number) => [idOf(number), ''])),
  relevantDocs: new Map(numbers.slice(0, queries).map((number) => [`q${number}`, [idOf(number)]])),
});
const begin = performance.now();
const before = process.cpuUsage();
await evaluator.evaluate(model, { corpusEmbeddings: embeddings() });
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - begin) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  }),
);
