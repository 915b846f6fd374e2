import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TopK } from './top-k.js';

it('keeps the best of many, the first of equal ones, and takes nothing at or below its threshold', () => {
  const scores = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 1000 });
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 60 }), (offered, k) => {
      const best = new TopK(k, offered.length);
      for (const [document, score] of offered.entries()) {
        if (score > best.threshold) best.add(score, document);
      }
      const expected = offered
        .map((score, document) => ({ score, document }))
        .toSorted((a, b) => b.score - a.score || a.document - b.document)
        .slice(0, k);
      const found = best.finish();
      expect([...found.documents]).toEqual(expected.map(({ document }) => document));
      expect([...found.scores]).toEqual(expected.map(({ score }) => score));
    }),
    { numRuns: 500 },
  );
});
