import { expect, it } from 'vitest';
import { scatterSvg } from './scatter.js';

const points = (xs: readonly number[]) => xs.map((x) => ({ x, y: x, label: `<${x}>` }));
const panel = { title: 'a & b', xLabel: 'x', series: [{ name: 'one', points: points([1, 10, 100]) }] };

it('escapes what it is given, and has a title', () => {
  const svg = scatterSvg('<costs>', 'y', [panel]);
  expect(svg).toContain('<title>&lt;costs&gt;</title>');
  expect(svg).toContain('>a &amp; b<');
  expect(svg).toContain('>&lt;10&gt;<');
  expect(svg).not.toMatch(/https?:(?!\/\/www\.w3\.org\/2000\/svg")/);
});

it('places equal ratios at equal distances, in the order that is given', () => {
  const [, line = ''] = /<polyline [^>]*points="([^"]+)"/.exec(scatterSvg('', 'y', [panel])) ?? [];
  const [first, second, third] = line.split(' ').map((point) => Number(point.split(',')[0]));
  expect((second ?? 0) - (first ?? 0)).toBeCloseTo((third ?? 0) - (second ?? 0), 0);
});

it('draws a single point, and equal ones with their labels apart', () => {
  const one = scatterSvg('', 'y', [{ ...panel, series: [{ name: 'one', points: points([5]) }] }]);
  expect(one).not.toContain('NaN');
  const same = scatterSvg('', 'y', [{ ...panel, series: [{ name: 'one', points: points([5, 5]) }] }]);
  const labels = [...same.matchAll(/<text x="([^"]+)" y="([^"]+)"[^>]*>&lt;5&gt;/g)].map(
    ([, x, y]) => `${x} ${y}`,
  );
  expect(new Set(labels).size).toBe(2);
});
