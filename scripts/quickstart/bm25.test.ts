import { expect, it } from 'vitest';
import { bm25Rankings } from './bm25.js';

const [CAT, DOG, FISH, RARE] = [1, 2, 3, 4];

it('ranks by rarity, frequency and length, and leaves out documents without a term of the query', () => {
  const documents = [[CAT, DOG], [CAT], [DOG, DOG, FISH], [RARE, DOG, FISH, FISH], [FISH]];
  // CAT once in a text of mean length 2.2: the shorter one first.
  expect(bm25Rankings([[CAT]], documents, 10)).toEqual([[1, 0]]);
  // DOG has idf ln(12/7), RARE ln(4), found once in the longest text.
  expect(bm25Rankings([[DOG, RARE]], documents, 10)).toEqual([[3, 2, 0]]);
  expect(bm25Rankings([[DOG, RARE]], documents, 1)).toEqual([[3]]);
  expect(bm25Rankings([[9], []], documents, 10)).toEqual([[], []]);
});

it('weighs a term as the formula says', () => {
  // idf(1) = ln(1 + 1.5 / 1.5) = ln 2 with 2.2 / (1 + 1.2) = 1; idf(2) = ln(1 + 0.5 / 2.5) = ln 1.2, twice: 4.4 / 3.2.
  // So 1 wins over 2 twice, since ln 2 > 1.375 ln 1.2 - ln 1.2.
  const documents = [
    [2, 2],
    [1, 2],
  ];
  expect(bm25Rankings([[1, 2]], documents, 2)).toEqual([[1, 0]]);
  expect(bm25Rankings([[2]], documents, 2)).toEqual([[0, 1]]);
});
