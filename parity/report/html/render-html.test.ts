import { expect, it } from 'vitest';
import { clean, report, viewOf } from '../testing/sample-report.js';
import { renderHtml } from './render-html.js';

const view = viewOf(report);
const page = renderHtml(view);
const headings = (html: string): string[] => [...html.matchAll(/<h2 id="([^"]+)"/g)].map(([, id = '']) => id);

it('has a section for each part of the report that there is, and a table with caption in each', () => {
  expect(headings(page)).toEqual(['failures', 'matrix', 'strata', 'mutants', 'quirks', 'environment']);
  const tables = page.match(/<table>/g)?.length ?? 0;
  expect(page.match(/<table><caption>/g)).toHaveLength(tables);
  expect(page).toContain('<th scope="row">');
});

it('draws errors and steps where statistics are there', () => {
  const drawn = renderHtml({
    ...view,
    ulps: [
      { upTo: 0, ours: 90, float32: 80 },
      { upTo: 1, ours: 9, float32: 19 },
      { upTo: 2, ours: 0, float32: 0 },
      { upTo: 4, ours: 1, float32: 0 },
      { upTo: null, ours: 0, float32: 0 },
    ],
    errors: [{ magnitude: -1, error: -8, ours: 10, float32: 10 }],
    largest: [
      { magnitude: null, ours: 0.5, float32: 0 },
      { magnitude: -1, ours: 1e-8, float32: 2e-8 },
    ],
    points: [{ name: 'equal rows (tied scores)', cases: 3, points: 7 }],
  });
  expect(headings(drawn)).toEqual(expect.arrayContaining(['errors', 'ulps', 'points']));
  expect(drawn).toContain('<th scope="row">3 to 4</th>');
  expect(drawn).not.toContain('more than');
  expect(drawn).toContain('Where the truth is 0, ours is off by at most 5.0e-1');
  expect(drawn).not.toMatch(/NaN|Infinity|undefined/);
});

it('says in words and signs, not by colour alone, whether a run failed', () => {
  expect(page).toContain('✗ Not equal.');
  expect(page).toMatch(/✗ 1\/4<span class="unseen"> differ/);
  expect(page).toContain('no such case');
  const good = renderHtml(viewOf(clean));
  expect(good).toContain('✓ All equal.');
  expect(good).not.toContain('✗ <');
});

it('gives targets without common strata a table of their own', () => {
  const cells = view.cells.map((cell) =>
    cell.target.startsWith('model/') ? cell : { ...cell, stratum: 'tiny' },
  );
  const tables = renderHtml({ ...view, cells });
  expect(tables).toContain('<caption>2 targets by strata</caption>');
  expect(tables).toContain('<caption>1 target by strata</caption>');
});

it('loads nothing, and escapes what it is given', () => {
  const [first] = view.failures;
  if (first === undefined) throw new Error('the sample has no failure');
  const target = '<img src=https://example.org/x>';
  const hostile = renderHtml({
    ...view,
    title: '<script>',
    failures: [{ ...first, target, message: '<b>', inputs: [{ name: '<i>', value: '</pre>' }] }],
    warnings: ['<u>'],
    cells: view.cells.map((cell) => ({ ...cell, target })),
  });
  expect(hostile).not.toMatch(/<(?:script|img|b|i|u)>|<img|<\/pre><\/pre>|(?:src|href)="[^#]/);
});
