import { describe, expect, it } from 'vitest';
import { meanNdcg, ndcg } from './ndcg.js';

describe('ndcg', () => {
  it('is what the formula gives by hand', () => {
    // Ranks 2 and 4 of three relevant documents: 1/log2(3) + 1/log2(5) over 1 + 1/log2(3) + 1/2.
    const expected = (0.6309297535714575 + 0.43067655807339306) / 2.1309297535714578;
    expect(ndcg([9, 1, 8, 2], new Set([1, 2, 3]), 10)).toBeCloseTo(expected, 14);
  });

  it('is 1 for the best ranking, whatever comes after it, and 0 without a hit among the first k', () => {
    expect(ndcg([5, 6, 1], new Set([6, 5]), 10)).toBe(1);
    expect(ndcg([1, 2, 3, 4], new Set([4]), 3)).toBe(0);
  });

  it('of more relevant documents than k the best ranking is one of k', () => {
    expect(ndcg([1, 2], new Set([1, 2, 3, 4]), 2)).toBe(1);
    expect(ndcg([9, 2], new Set([1, 2, 3, 4]), 2)).toBeCloseTo(0.6309297535714575 / 1.6309297535714575, 14);
  });

  it('takes typed arrays, and rankings shorter than k', () => {
    expect(ndcg(Uint32Array.of(7, 3), new Set([3]), 10)).toBeCloseTo(0.6309297535714575, 14);
    expect(ndcg([], new Set([3]), 10)).toBe(0);
  });

  it('refuses a query without relevant documents', () => {
    expect(() => ndcg([1], new Set(), 10)).toThrow('no relevant document');
  });
});

describe('meanNdcg', () => {
  it('is the mean over the queries that have relevant documents', () => {
    const relevant = [new Set([1]), new Set<number>(), new Set([2])];
    expect(meanNdcg([[1], [1], [1, 2]], relevant, 10)).toBeCloseTo((1 + 0.6309297535714575) / 2, 14);
  });

  it('refuses another number of rankings, and queries of which none has a relevant document', () => {
    expect(() => meanNdcg([[1]], [], 10)).toThrow('1 ranking for 0 queries; expected one for each query');
    expect(() => meanNdcg([[1]], [new Set()], 10)).toThrow('no query has a relevant document');
  });
});
