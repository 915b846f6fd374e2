import { expect, test } from 'vitest';
import { spladeLikeColumn, teacherLabels, uniform } from './data.js';

const spec = { batch: 64, dimensions: 30_522, seed: 5 };

test('the stream is uniform and two seeds are unrelated', () => {
  const draws = Array.from({ length: 20_000 }, (_, i) => uniform(3, i));
  const tenths = Array.from({ length: 10 }, (_, k) => draws.filter((u) => Math.floor(u * 10) === k).length);
  for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200);
  const product = draws.reduce((sum, u, i) => sum + (u - 0.5) * (uniform(4, i) - 0.5), 0) / draws.length;
  expect(Math.abs(product)).toBeLessThan(0.003);
});

test('rows have nearly the asked number of active terms, all positive', () => {
  const values = spladeLikeColumn(200, 1, spec);
  const active = values.filter((weight) => weight !== 0);
  expect(active.length / spec.batch).toBeGreaterThan(190);
  expect(active.length / spec.batch).toBeLessThanOrEqual(200);
  expect(Math.min(...active)).toBeGreaterThan(0);
  expect(Math.max(...active)).toBeLessThan(Math.log1p(3));
});

test('frequent terms are shared: the first tenth of the vocabulary holds about sqrt(0.1) of the weight', () => {
  const values = spladeLikeColumn(200, 1, spec);
  const first = values.filter((weight, i) => weight !== 0 && i % spec.dimensions < 3052).length;
  const all = values.filter((weight) => weight !== 0).length;
  expect(first / all).toBeCloseTo(Math.sqrt(0.1), 1);
});

test('columns of one case differ and the same seed repeats', () => {
  const small = { batch: 2, dimensions: 300, seed: 5 };
  expect(spladeLikeColumn(40, 0, small)).toEqual(spladeLikeColumn(40, 0, small));
  expect(spladeLikeColumn(40, 0, small)).not.toEqual(spladeLikeColumn(40, 1, small));
  expect(spladeLikeColumn(40, 0, small)).not.toEqual(spladeLikeColumn(40, 0, { ...small, seed: 6 }));
});

test('scores have one teacher score for each document', () => {
  const columns = [40, 200, 200, 200];
  expect(teacherLabels('scores', { ...spec, columns })?.shape).toEqual([64, 3]);
  expect(teacherLabels('margin', { ...spec, columns })?.shape).toEqual([64]);
  expect(teacherLabels('none', { ...spec, columns })).toBeUndefined();
});
