import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { type CommandResult, runHere } from '../testing/run-command.js';

function fileWith(name: string, lines: readonly string[]): { input: string; output: string } {
  const folder = temporaryFolder();
  const input = join(folder, name);
  writeFileSync(input, lines.map((line) => `${line}\n`).join(''));
  return { input, output: join(folder, 'out.jsonl') };
}

const convert = (...args: string[]): Promise<CommandResult> => runHere(['convert', ...args]);

const NLI = ['id,premise,hypothesis,label', '1,a man walks,a man moves,yes', '2,a man walks,a man sits,no'];

it('converts a table, whose columns are chosen, to triplets', async () => {
  const { input, output } = fileWith('nli.csv', NLI);
  const args = ['--input', input, '--from', 'class-pair', '--to', 'triplet', '--output', output];
  const classes = ['--positive-class', 'yes', '--negative-class', 'no'];
  const { code, stderr } = await convert(...args, ...classes, '--columns', 'premise, hypothesis, label');
  expect([code, stderr]).toEqual([0, `2 rows read, 1 row written: ${output}\n`]);
  expect(readFileSync(output, 'utf8')).toBe(
    '{"anchor":"a man walks","positive":"a man moves","negative":"a man sits"}\n',
  );
  expect((await convert(...args, ...classes)).stderr).toBe(
    `${output} exists; write elsewhere, or replace it with --force\n`,
  );
});

it('reports what it left out', async () => {
  const { input } = fileWith('lists.jsonl', [
    '{"q": "a", "d": ["b", "c"], "labels": [1, 0]}',
    '{"q": "a", "d": ["b"], "labels": [1]}',
  ]);
  const args = ['--input', input, '--from', 'labeled-list', '--to', 'triplet'];
  expect(await convert(...args)).toEqual({
    code: 0,
    stdout: '{"q":"a","d":"b","negative":"c"}\n',
    stderr: '2 rows read, 1 row written, 1 example left out for want of negatives\n',
  });
  expect(JSON.parse((await convert(...args, '--json')).stderr)).toEqual({
    rows: 2,
    written: 1,
    withoutNegatives: 1,
    output: null,
  });
});

it.each([
  [['--to', 'triplet'], /the option --from|--from/],
  [['--from', 'triplets', '--to', 'pair'], /triplets.*Allowed choices are/s],
  [['--from', 'triplet', '--to', 'pair'], /rows\.jsonl:2: negative is 3; expected a text/],
  [
    ['--from', 'n-tuple', '--to', 'pair', '--columns', 'ancor'],
    /rows\.jsonl has no column "ancor"; did you mean "anchor"/,
  ],
  [
    ['--from', 'class-text', '--to', 'pair'],
    /rows\.jsonl has the columns of texts anchor, positive, negative/,
  ],
])('refuses %j with 2, and leaves no file', async (args, told) => {
  const { input, output } = fileWith('rows.jsonl', [
    '{"anchor": "a", "positive": "b", "negative": "c"}',
    '{"anchor": "a", "positive": "b", "negative": 3}',
  ]);
  const { code, stderr } = await convert('--input', input, '--output', output, ...args);
  expect(stderr).toMatch(told);
  expect(code).toBe(2);
  expect(readdirSync(join(input, '..'))).toEqual(['rows.jsonl']);
});
