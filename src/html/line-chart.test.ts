import { expect, it } from 'vitest';
import { lineChart } from './line-chart.js';

/** The points of the first line, as they are drawn. */
function drawn(chart: string): string[] {
  return (/<polyline [^>]*points="([^"]+)"/.exec(chart)?.[1] ?? '').split(' ');
}

it('draws the peaks of a long run with few points', () => {
  const points = Array.from({ length: 200_000 }, (_, x) => ({ x, y: x === 123_457 ? 9 : x % 2 }));
  const chart = lineChart('Loss', 'step', [{ name: 'loss', points }]);
  const shown = drawn(chart);
  expect(shown.length).toBeLessThanOrEqual(1000);
  const heights = shown.map((point) => Number(point.split(',')[1]));
  // The peak alone is at the upper edge; without it, 1 would be there.
  expect(heights.filter((height) => height === Math.min(...heights))).toHaveLength(1);
  expect(heights.filter((height) => height === Math.max(...heights)).length).toBeGreaterThan(100);
  const places = shown.map((point) => Number(point.split(',')[0]));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(chart.length).toBeLessThan(100_000);
});

it('draws every point of a short run, and escapes names', () => {
  const points = [3, 1, 2].map((y, x) => ({ x, y }));
  const chart = lineChart('<b>', 'step', [{ name: '"&', points }]);
  expect(drawn(chart)).toHaveLength(3);
  expect(chart).toContain('<figcaption>&lt;b&gt;</figcaption>');
  expect(chart).toContain('&quot;&amp;');
  expect(chart).not.toContain('<b>');
});

it('leaves a gap at a value that is not a number, and names it in the table', () => {
  const points = [1, 2, Number.NaN, 4, Number.NaN, 2, 3].map((y, x) => ({ x, y }));
  const chart = lineChart('Loss', 'step', [{ name: 'loss', points }]);
  expect(chart.match(/<polyline/g)).toHaveLength(2);
  expect(chart.match(/<circle/g)).toHaveLength(1);
  expect(chart.match(/>not a number</g)).toHaveLength(2);
  expect(chart).not.toContain('NaN');
});

it.each([
  ['whole steps of a short run', [1, 2, 3], ['1', '2', '3']],
  ['round steps of a long one', [1, 200_000], ['50000', '100000', '150000', '200000']],
  ['steps far from 0', [123_450, 123_470], ['123450', '123455', '123460', '123465', '123470']],
])('names %s below the picture', (_, steps, ticks) => {
  const chart = lineChart('Loss', 'step', [{ name: 'loss', points: steps.map((x) => ({ x, y: 0.1 })) }]);
  const names = [...chart.matchAll(/text-anchor="middle">([^<]+)</g)].map(([, name]) => name);
  expect(names).toEqual([...ticks, 'step']);
});
