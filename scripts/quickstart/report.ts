import { relative } from 'node:path';
import { alignedRows } from '../../src/shell/table.js';
import { B, K1 } from './bm25.js';
import type { Quality } from './quickstart.js';

export interface Result {
  readonly output: string;
  readonly seconds: number;
  readonly steps: number;
  readonly batch: number;
  readonly pairs: number;
  readonly queries: number;
  readonly documents: number;
  readonly trained: Quality;
  readonly untrained: Quality;
  readonly bm25: number;
}

/** What --json writes. */
export function jsonOf({ seconds, output, trained, untrained, bm25 }: Result): string {
  const ndcg10 = { trained: trained.ndcg10, untrained: untrained.ndcg10, bm25 };
  return `${JSON.stringify({ seconds, output, ndcg10 }, null, 2)}\n`;
}

/** What was made, how good it is, where it lies, and what to do with it. */
export function inWords(result: Result): string {
  const { trained, untrained, bm25 } = result;
  const row = (name: string, { ndcg10, queryTerms, documentTerms }: Quality): string[] => [
    name,
    ndcg10.toFixed(3),
    queryTerms.toFixed(0),
    documentTerms.toFixed(0),
  ];
  const folder = relative('', result.output) || '.';
  const table = alignedRows(
    [
      ['', 'nDCG@10', 'terms a query', 'terms a document'],
      row('this model', trained),
      row('the same, untrained', untrained),
      ['BM25', bm25.toFixed(3)],
    ],
    'right',
  );
  const verdict =
    trained.ndcg10 > Math.max(bm25, untrained.ndcg10)
      ? ''
      : '\nIt is not better than BM25 and the untrained model: train it for longer (--steps).\n';
  return `
Trained a SPLADE model on words and their definitions in WordNet: ${result.steps} steps of
${result.batch} of ${result.pairs.toLocaleString('en')} pairs. It took ${result.seconds.toFixed(0)} s with the evaluation.

How well it finds the definition of a word that training has not seen, one of
${result.queries.toLocaleString('en')}, among ${result.documents.toLocaleString('en')} definitions (BM25 over the same tokens, k1 ${K1}, b ${B}):

${table.join('\n')}
${verdict}
It lies in ${folder}; sentence-transformers opens it, too. Now try

  echo "a person who treats the sick" | \\
    npm run -s encoder -- encode ${folder} --format jsonl-tokens
  npm run -s encoder -- explain ${folder} \\
    "physician" "a person who treats the sick"
  npm run -s encoder -- export ${folder} --output ${folder}-onnx
`;
}
