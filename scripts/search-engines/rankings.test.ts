import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/random.js';
import { sparseFromRows } from '../../src/sparse/from-rows.js';
import { rowOf } from '../../src/sparse/row.js';
import type { SparseMatrix } from '../../src/sparse/sparse-matrix.js';
import { searchHits } from './engine.js';
import { exactRankings, rankingFault, recall } from './rankings.js';

const K = 3;

// Against the query the scores are 4, 3, 3, 0, 1 and, for the one without terms, 0.
const documents = sparseFromRows([[[0, 4]], [[0, 3]], [[0, 3]], [[1, 9]], [[0, 1]], []], 2);
const queries = sparseFromRows([[[0, 1]]], 2);
const [exact] = exactRankings({ documents, queries });
if (exact === undefined) throw new RangeError('one query has one ranking');

describe('rankingFault', () => {
  it.each<[string, [number, number][]]>([
    [
      'the exact ranking',
      [
        [0, 4],
        [1, 3],
        [2, 3],
      ],
    ],
    [
      'documents of one score in the other order',
      [
        [0, 4],
        [2, 3],
        [1, 3],
      ],
    ],
    [
      'scores that are rounded',
      [
        [0, 4 * (1 + 2 ** -23)],
        [1, 3],
        [2, 3 * (1 - 2 ** -23)],
      ],
    ],
    [
      'documents of score 0 beyond',
      [
        [0, 4],
        [1, 3],
        [2, 3],
        [3, 0],
      ],
    ],
  ])('takes %s', (_, hits) => {
    expect(rankingFault(exact, searchHits(hits), K)).toBeUndefined();
  });

  it.each<[string, [number, number][], string]>([
    [
      'a hit that is missing',
      [
        [0, 4],
        [1, 3],
      ],
      '2 hits above 0; expected 3',
    ],
    [
      'a hit of score 0 instead of one above',
      [
        [0, 4],
        [1, 3],
        [5, 0],
      ],
      '2 hits above 0; expected 3',
    ],
    [
      'more hits than asked for',
      [
        [0, 4],
        [1, 3],
        [2, 3],
        [4, 1],
      ],
      '4 hits above 0; expected 3',
    ],
    [
      'a document that is there twice',
      [
        [0, 4],
        [1, 3],
        [1, 3],
      ],
      'a document is there twice: 0 1 1',
    ],
    [
      'a document that is not there',
      [
        [0, 4],
        [1, 3],
        [6, 3],
      ],
      'there is no document 6',
    ],
    [
      'a score that is off by more than rounding',
      [
        [0, 4.00001],
        [1, 3],
        [2, 3],
      ],
      'document 0 has the score 4.00001',
    ],
    [
      'a score that is not a number',
      [
        [0, 4],
        [1, 3],
        [2, Infinity],
      ],
      'document 2 has the score Infinity',
    ],
    [
      'a worse document',
      [
        [0, 4],
        [1, 3],
        [4, 1],
      ],
      'place 3 has document 4 of score 1; expected 2 of 3',
    ],
    [
      'another order',
      [
        [1, 3],
        [0, 4],
        [2, 3],
      ],
      'place 1 has document 1 of score 3; expected 0 of 4',
    ],
  ])('tells of %s', (_, hits, fault) => {
    expect(rankingFault(exact, searchHits(hits), K)).toContain(fault);
  });

  it('expects all documents above 0 where there are fewer than k', () => {
    const hits = searchHits([
      [0, 4],
      [1, 3],
      [2, 3],
      [4, 1],
    ]);
    expect(rankingFault(exact, hits, 10)).toBeUndefined();
  });

  it('takes every search that sums in float32, in any order', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), (seed, terms) => {
        const random = seededRandom(seed);
        const drawn = (rows: number): SparseMatrix =>
          sparseFromRows(
            // Steps of a hundredth, so that there are ties and near ties.
            Array.from({ length: rows }, () =>
              Array.from({ length: terms }, (_, index): [number, number] => [index, random.below(300) / 100]),
            ),
            terms,
          );
        const collection = { documents: drawn(40), queries: drawn(1) };
        const order = random.shuffle(Array.from({ length: terms }, (_, index) => index));
        const found = Array.from({ length: 40 }, (_, document): [number, number] => [
          document,
          float32Dot(collection, document, order),
        ])
          .toSorted(([, a], [, b]) => b - a)
          .slice(0, K);
        const [ranking] = exactRankings(collection);
        expect(ranking && rankingFault(ranking, searchHits(found), K)).toBeUndefined();
      }),
    );
  });
});

function float32Dot(
  collection: { documents: SparseMatrix; queries: SparseMatrix },
  document: number,
  order: readonly number[],
): number {
  const [a, b] = [rowOf(collection.queries, 0), rowOf(collection.documents, document)].map(
    ({ indices, values }) => new Map(Array.from(indices, (index, i) => [index, values[i] as number])),
  );
  return order.reduce(
    (sum, index) => Math.fround(sum + Math.fround((a?.get(index) ?? 0) * (b?.get(index) ?? 0))),
    0,
  );
}

describe('recall', () => {
  const of = (...found: number[]): number =>
    recall([exact], [searchHits(found.map((document) => [document, 1]))], 2);

  it('is the share of the best k that were found', () => {
    expect(of(0, 1)).toBe(1);
    expect(of(1, 4)).toBe(0.5);
    expect(of(4, 3)).toBe(0);
    expect(of()).toBe(0);
  });

  it('counts whichever of the documents that share the last place', () => {
    expect(of(0, 2)).toBe(1);
  });

  it('leaves out queries that nothing matches', () => {
    const collection = { documents, queries: sparseFromRows([[[0, 1]], []], 2) };
    const found = [searchHits([[0, 4]]), searchHits([])];
    expect(recall(exactRankings(collection), found, 2)).toBe(0.5);
  });
});
