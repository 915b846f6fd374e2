import { expect, it } from 'vitest';
import { floatTensor, type ParityCase } from './case.js';
import { pointsOf } from './points.js';

const one: ParityCase = {
  loss: 'SparseTripletLoss',
  wrapper: 'none',
  format: 'triplet',
  stratum: 'equal-rows',
  lossOptions: {},
  wrapperOptions: {},
  columns: [
    { sentenceEmbedding: floatTensor([2, 2], Float32Array.of(1, 0, 0, 0)) },
    { sentenceEmbedding: floatTensor([2, 2], Float32Array.of(1, 0, 1, 0)) },
  ],
  labels: floatTensor([2], Float32Array.of(0.5, 0.5)),
};

it('counts rows that tie with earlier ones, rows without a direction, and labels that tie', () => {
  expect(pointsOf(one)).toEqual({
    'equal rows (tied scores)': 2,
    'zero rows (no direction, norm 0)': 1,
    'equal labels': 1,
  });
  expect(pointsOf({ ...one, columns: [{}], labels: null })).toEqual({
    'equal rows (tied scores)': 0,
    'zero rows (no direction, norm 0)': 0,
    'equal labels': 0,
  });
});
