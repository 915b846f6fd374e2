import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denseMatrix, exactWeight, sparseOf } from '../testing/sparse/sparse-arbitraries.js';
import { explainScore } from './explain.js';
import { formatExplanation } from './format-explanation.js';
import { sparseFromRows } from './from-rows.js';
import { sparseSimilarity } from './similarity.js';

const tokens = ['cat', 'dog', '猫', 'pet', 'the', '\u001B[31m'];
const tokenizer = { idToToken: (id: number) => tokens[id] };
const query = sparseFromRows(
  [
    [
      [0, 1],
      [2, 0.5],
      [3, 2],
      [5, 0.25],
    ],
  ],
  6,
);
const document = sparseFromRows(
  [
    [
      [0, 1.5],
      [1, 3],
      [3, 0.25],
      [4, 0.0001],
      [5, 1],
    ],
  ],
  6,
);

describe('explain', () => {
  it('takes the score apart into products, the largest first, and lists what is not shared', () => {
    const { score, matched, queryOnly, documentOnly, counts } = explainScore(query, document, tokenizer, {
      queryIds: [0, 3, 5],
      documentIds: [1, 4],
      unmatched: 1,
    });
    expect(score).toBe(2.25);
    expect(matched.map(({ token, product, share }) => [token, product, share])).toEqual([
      ['cat', 1.5, 1.5 / 2.25],
      ['pet', 0.5, 0.5 / 2.25],
      ['\u001B[31m', 0.25, 0.25 / 2.25],
    ]);
    expect(matched[0]?.query).toEqual({ token: 'cat', index: 0, weight: 1, isExpansion: false });
    expect(matched[0]?.document).toEqual({ token: 'cat', index: 0, weight: 1.5, isExpansion: true });
    expect(queryOnly).toEqual([{ token: '猫', index: 2, weight: 0.5, isExpansion: true }]);
    expect(documentOnly).toEqual([{ token: 'dog', index: 1, weight: 3, isExpansion: false }]);
    expect(counts).toEqual({
      query: { active: 4, matched: 3, expansion: 1 },
      document: { active: 5, matched: 3, expansion: 3 },
    });
  });

  it('does not report expansion without ids', () => {
    const { matched, counts } = explainScore(query, document, tokenizer);
    expect(matched[0]?.query.isExpansion).toBeUndefined();
    expect(counts.query.expansion).toBeUndefined();
  });

  it('has the score of the dot product, whose shares sum to 1', () => {
    const row = denseMatrix(exactWeight, { columns: 6, maxRows: 1 })
      .filter(({ rows }) => rows === 1)
      .map(sparseOf);
    fc.assert(
      fc.property(row, row, (a, b) => {
        const { score, matched } = explainScore(a, b, tokenizer);
        expect([score]).toEqual([...sparseSimilarity('dot', a, b)]);
        const shares = matched.reduce((sum, { share }) => sum + share, 0);
        expect(shares).toBeCloseTo(score === 0 ? 0 : 1, 9);
      }),
    );
  });

  it('refuses several rows and other columns', () => {
    expect(() => explainScore(sparseFromRows([[], []], 6), document, tokenizer)).toThrow(
      'the query has 2 rows; expected 1',
    );
    expect(() => explainScore(query, sparseFromRows([], 6), tokenizer)).toThrow(
      'the document has 0 rows; expected 1',
    );
    expect(() => explainScore(query, sparseFromRows([[]], 7), tokenizer)).toThrow('6 and 7 columns');
    expect(() => explainScore(query, document, tokenizer, { unmatched: -1 })).toThrow('unmatched is -1');
  });
});

describe('formatExplanation', () => {
  const explanation = explainScore(query, document, tokenizer, { queryIds: [0, 3, 5], documentIds: [1, 4] });

  it('aligns columns, marks expansion and lets no token steer the terminal', () => {
    expect(formatExplanation(explanation, { colour: false }).split('\n')).toEqual([
      'score 2.250 from 3 shared terms',
      'term        query  document  product  share',
      'cat         1.000    1.500+    1.500  66.7%',
      'pet         2.000    0.250+    0.500  22.2%',
      '\\u{1b}[31m  0.250    1.000+    0.250  11.1%',
      'query: 4 active terms, 1 of them expansion; unmatched: 猫+ 0.500',
      'document: 5 active terms, 3 of them expansion; unmatched: dog 3.000, the 1.00e-4',
      '+ expansion: not a token of the text itself',
    ]);
  });

  it('counts what is beyond the limit', () => {
    const lines = formatExplanation(explanation, { colour: false, limit: 1 }).split('\n');
    expect(lines[3]).toBe('2 more shared terms: 0.750');
  });

  it('says the same in colour', () => {
    const coloured = formatExplanation(explanation, { colour: true });
    expect(coloured).toContain('\u001B[1mscore 2.250');
    expect(stripVTControlCharacters(coloured)).toBe(formatExplanation(explanation, { colour: false }));
  });

  it('says when nothing is shared', () => {
    const nothing = explainScore(sparseFromRows([[[0, 1]]], 2), sparseFromRows([[]], 2), tokenizer);
    expect(formatExplanation(nothing, { colour: false })).toBe(
      'score 0.000 from 0 shared terms\nquery: 1 active term; unmatched: cat 1.000\ndocument: 0 active terms',
    );
  });
});
