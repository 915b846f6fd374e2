import { expect, it } from 'vitest';
import { stubModel } from '../../testing/stub-model.js';
import { worstQueries } from './worst-queries.js';

const COUNT = 2_500;
const documents = Array.from({ length: COUNT }, (_, at) => `document ${at}`);
/** The last document is the one that each query finds; only `right` asks for it. */
const model = stubModel({
  ...Object.fromEntries(documents.map((text, at) => [text, [at === COUNT - 1 ? 2 : 1, 0]])),
  right: [1, 0],
  wrong: [1, 0],
  'not judged': [0, 1],
});
const task = {
  queries: ['right', 'wrong', 'not judged'],
  documents,
  relevant: [new Set([COUNT - 1]), new Set([COUNT - 2]), new Set<number>()],
};

it('shows what was found and what should have been, the worst query first', async () => {
  const html = await worstQueries(model, task);
  expect(html).toContain('nDCG@10 0.5000 over 2 queries');
  const rows = html.split('<tr>').slice(2);
  expect(rows.map((row) => /<th scope="row">([^<]+)</.exec(row)?.[1])).toEqual(['wrong', 'right']);
  expect(rows[0]).toContain(`<td>0.000</td><td><ol><li>document ${COUNT - 1}</li>`);
  expect(rows[0]).toContain(`<ol><li>document ${COUNT - 2}</li></ol>`);
});

it('encodes the corpus in parts', async () => {
  await worstQueries(model, task);
  const calls = model.calls.filter(({ method }) => method === 'encodeDocument');
  expect(calls.length).toBeGreaterThan(2);
  expect(Math.max(...calls.map(({ texts }) => texts.length))).toBeLessThanOrEqual(1024);
});
