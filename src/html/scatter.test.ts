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

it('names the series in as many rows as they need, and styles nothing outside of the drawing', () => {
  const named = ['all terms', 'at most n terms', 'above a share of the largest'].map((name) => ({
    name,
    points: points([1, 2]),
  }));
  const svg = scatterSvg('', 'y', [{ ...panel, series: named }]);
  const width = Number(/width="(\d+)"/.exec(svg)?.[1]);
  const places = named.map(({ name }) => {
    const [, x, y] = new RegExp(`<text x="([^"]+)" y="([^"]+)" >${name}<`).exec(svg) ?? [];
    expect(Number(x) + 6 * name.length).toBeLessThan(width);
    return Number(y);
  });
  expect(new Set(places).size).toBe(2);
  const [, style = ''] = /<style>([^]*)<\/style>/.exec(svg) ?? [];
  for (const [, selector] of style.replaceAll(/@media[^{]*\{/g, '').matchAll(/([^{}]+)\{/g)) {
    expect(selector?.trim()).toMatch(/^\.scatter /);
  }
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
