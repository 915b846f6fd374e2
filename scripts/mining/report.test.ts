import { expect, it } from 'vitest';
import { inWords } from './report.js';

it('tells what mining costs and what its negatives give, within 80 columns', () => {
  const quality = { ndcg10: 0.25, flops: 1, queryTerms: 50, documentTerms: 150 };
  const removed = { absoluteMargin: 0, relativeMargin: 0, maxScore: 0, minScore: 0 };
  const scores = { meanPositiveScore: 5, meanNegativeScore: 4, removed, unscored: 0, short: 0 };
  const text = inWords({
    pairs: 100_000,
    negatives: 2,
    steps: 700,
    more: 300,
    batch: 64,
    cost: {
      seconds: 180.2,
      processorSeconds: 250,
      peakMiB: 1234.5,
      report: { queries: 60_000, rows: 99_000, positives: 100_000, negatives: 120_000, ...scores },
    },
    start: quality,
    trained: [
      { name: 'without mined negatives', quality, seconds: 200 },
      { name: 'with them', quality: { ...quality, ndcg10: 0.27 }, seconds: 400 },
    ],
  });
  expect(text).toContain(
    'Mined 2 negatives of each query for 100,000 pairs (60,000 queries):\n180 s (250 s of',
  );
  expect(text).toMatch(/and 300 more, with them +0\.270/);
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
