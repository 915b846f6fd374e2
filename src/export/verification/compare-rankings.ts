import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { meanNdcg } from '../../evaluation/ndcg.js';
import { topOverlap } from '../../evaluation/ranking-agreement.js';
import type { RetrievalTask } from '../../evaluation/retrieval-task.js';
import { SparseIndex } from '../../sparse/search/sparse-index.js';
import { concatenateRows } from '../../sparse/select-rows.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { Ranking } from '../certificate.js';

const K = 10;

/** How much nDCG@10 exported files may lose: half a point. */
const MOST_LOST = 0.005;

/** Documents that one side encodes before the other's turn, so that both meet the same load of the machine. */
const TURN = 500;

/**
 * Compares the rankings of an encoder and its exported files on the same documents, by dot product, and their speed.
 *
 * @param exported the encoder with the exported files as its embedder
 */
export async function compareRankings(
  encoder: SparseEncoder,
  exported: SparseEncoder,
  task: RetrievalTask,
  onProgress?: (done: number) => void,
): Promise<Ranking> {
  const sides = [encoder, exported].map((model) => ({ model, parts: [] as SparseMatrix[], seconds: 0 }));
  const { queries, documents, relevant } = task;
  for (let begin = 0; begin < documents.length; begin += TURN) {
    onProgress?.(begin / documents.length);
    const texts = documents.slice(begin, begin + TURN);
    for (const side of sides) {
      const start = performance.now();
      side.parts.push(await side.model.encodeDocument(texts, QUIET));
      side.seconds += (performance.now() - start) / 1000;
    }
  }
  const [ofEncoder, ofExported] = (await Promise.all(
    sides.map(async ({ model, parts }) =>
      rank(await model.encodeQuery(queries, QUIET), concatenateRows(parts)),
    ),
  )) as [Uint32Array[], Uint32Array[]];
  const [a, b] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const ndcgAt10 = { encoder: meanNdcg(ofEncoder, relevant, K), exported: meanNdcg(ofExported, relevant, K) };
  const lost = ndcgAt10.encoder - ndcgAt10.exported;
  return {
    queries: queries.length,
    documents: documents.length,
    overlapAt10: topOverlap(ofEncoder, ofExported, K),
    ndcgAt10,
    textsPerSecond: { encoder: documents.length / a.seconds, exported: documents.length / b.seconds },
    failures:
      lost <= MOST_LOST
        ? []
        : [
            `nDCG@10 falls by ${lost.toFixed(4)} to ${ndcgAt10.exported.toFixed(4)}; at most ${MOST_LOST} may be lost`,
          ],
  };
}

const QUIET = { showProgressBar: false } as const;

function rank(queries: SparseMatrix, documents: SparseMatrix): Uint32Array[] {
  return SparseIndex.fromMatrix(documents)
    .search(queries, K)
    .map((hits) => hits.documents);
}
