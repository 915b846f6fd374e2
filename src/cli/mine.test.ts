// @module-tag slow
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { arrayDataset, type Row } from '../datasets/dataset.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { mineHardNegatives } from '../mining/mine-hard-negatives.js';
import { MODELS } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { type CommandResult, endOf, runHere, startCommand } from '../testing/run-command.js';

const MODEL = join(MODELS, 'inference-free');
const WORDS = ['water', 'tree', 'house', 'river', 'dog', 'cloud', 'sword', 'hand'];
const PAIRS = Array.from({ length: 60 }, (_, place) => ({
  anchor: `${WORDS[place % 8]} ${WORDS[(place * 3 + 1) % 8]} ${place % 20}`,
  positive: `a ${WORDS[(place + 2) % 8]} with ${WORDS[(place * 5) % 8]} ${place}`,
}));

const linesOf = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

function files(pairs: readonly object[] = PAIRS): { folder: string; input: string; output: string } {
  const folder = temporaryFolder();
  const input = join(folder, 'pairs.jsonl');
  writeFileSync(input, linesOf(pairs));
  return { folder, input, output: join(folder, 'mined.jsonl') };
}

const mine = (...args: string[]): Promise<CommandResult> => runHere(['mine', MODEL, ...args]);

async function minedByLibrary(options: Parameters<typeof mineHardNegatives>[2]): Promise<Row[]> {
  const model = await SparseEncoder.load(MODEL);
  const rows: Row[] = [];
  for await (const row of mineHardNegatives(arrayDataset(PAIRS), model, options)) rows.push(row);
  await model.dispose();
  return rows;
}

describe('mine', () => {
  test('writes what the library finds, and tells what it did', async () => {
    const { folder, input, output } = files();
    const corpus = ['a cloud over the river', 'a sword in the hand of a dog'];
    writeFileSync(join(folder, 'corpus.txt'), corpus.join('\n'));
    const limits = ['--num-negatives', '2', '--relative-margin', '0.05'];
    const args = ['--input', input, '--corpus', join(folder, 'corpus.txt'), '--output', output, ...limits];
    const { code, stderr } = await mine(...args, '--output-format', 'n-tuple', '--output-scores');
    expect(code).toBe(0);
    const rows = await minedByLibrary({
      corpus,
      outputFormat: 'n-tuple',
      numNegatives: 2,
      relativeMargin: 0.05,
      outputScores: true,
    });
    expect(rows.length).toBeGreaterThan(10);
    expect(readFileSync(output, 'utf8')).toBe(linesOf(rows));
    expect(readdirSync(folder).toSorted()).toEqual(['corpus.txt', 'mined.jsonl', 'pairs.jsonl']);
    expect(stderr).toMatch(
      /^60 pairs read: \d+ queries, 62 documents\n\d+ negatives found, \d+ rows written\n/,
    );
    expect(stderr).toMatch(/\n[\d,]+ candidates removed by --relative-margin 0\.05\n/);
    for (const line of stderr.replaceAll(output, '').split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const json = await mine('--input', input, '--json');
    expect(JSON.parse(json.stderr)).toMatchObject({ pairs: 60, documents: 60, resumed: 0, output: null });
    expect(json.stdout).toBe(linesOf(await minedByLibrary({})));
  });

  test('mines again with the scores of a cross-encoder', async () => {
    const { folder, input, output } = files();
    const candidates = join(folder, 'candidates.jsonl');
    const args = ['--input', input, '--range-max', '20', '--num-negatives', '20'];
    expect(
      await mine(...args, '--output', candidates, '--output-format', 'labeled-pair', '--output-scores'),
    ).toMatchObject({ code: 0 });
    const scored = readFileSync(candidates, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { anchor: string; positive: string; score: number });
    // A cross-encoder that prefers short documents.
    const crossScore = ({ positive }: { positive: string }): number => -positive.length;
    writeFileSync(candidates, linesOf(scored.map((row) => ({ ...row, score: crossScore(row) }))));
    const rescored = ['--scores', candidates, '--output', output, '--num-negatives', '1'];
    expect(await mine(...args.slice(0, 4), ...rescored)).toMatchObject({ code: 0 });
    const { anchor, negative } = JSON.parse(readFileSync(output, 'utf8').split('\n')[0] as string) as Record<
      string,
      string
    >;
    const own = new Set(PAIRS.filter((pair) => pair.anchor === anchor).map(({ positive }) => positive));
    const shortest = scored
      .filter((row) => row.anchor === anchor && !own.has(row.positive))
      .reduce((least, row) => Math.min(least, row.positive.length), Infinity);
    expect(negative?.length).toBe(shortest);
  });

  test.each([
    ['{"anchor": "a", "positive": 3}', [], /pairs\.jsonl:2: positive is 3; expected a text/],
    ['{"anchor": "a"', [], /pairs\.jsonl:2:\d+: not valid JSON/],
    ['', ['--anchor-column-name', 'achor'], /pairs\.jsonl has no column "achor"; did you mean "anchor"\?/],
    [
      '',
      ['--range-min', '5', '--range-max', '6'],
      /--range-max is 6, which leaves 1 candidate after the first 5/,
    ],
    ['', ['--resume'], /--resume needs a file as --output/],
    [
      '',
      ['--include-positives', '--output-format', 'triplet'],
      /--output-format is "triplet"; expected "n-tuple", which keeps the ranking/,
    ],
    ['', ['--input', 'missing.jsonl'], /there is no file missing\.jsonl/],
  ])('refuses %s %j with 2', async (line, args, told) => {
    const { input } = files();
    writeFileSync(input, `${linesOf([{ anchor: 'x', positive: 'y' }])}${line}\n`);
    const { code, stderr } = await mine('--input', input, ...args);
    expect(stderr).toMatch(told);
    expect(code).toBe(2);
  });
});

describe('--resume', () => {
  test('goes on after SIGKILL and gives the same rows', async () => {
    const many = Array.from({ length: 6000 }, (_, place) => ({
      anchor: `${WORDS[place % 8]} ${WORDS[(place >> 3) % 8]} ${place}`,
      positive: `a ${WORDS[(place + 2) % 8]} with ${WORDS[(place * 5) % 8]} ${place}`,
    }));
    const { folder, input, output } = files(many);
    mkdirSync(join(folder, 'whole'));
    const whole = join(folder, 'whole', 'mined.jsonl');
    expect(await mine('--input', input, '--output', whole)).toMatchObject({ code: 0 });

    const command = startCommand(['mine', MODEL, '--input', input, '--output', output]);
    const ended = endOf(command);
    const state = `${output}.partial.json`;
    await vi.waitUntil(
      () =>
        readdirSync(folder).includes('mined.jsonl.partial.json') &&
        (JSON.parse(readFileSync(state, 'utf8')) as { done: number }).done > 0,
      { timeout: 60_000, interval: 20 },
    );
    command.kill('SIGKILL');
    await ended;
    const refused = await mine('--input', input, '--output', output);
    expect(refused.stderr).toMatch(
      /holds the first [\d,]+ quer(y|ies) of a mining that stopped; continue with --resume/,
    );
    const otherOptions = await mine('--input', input, '--output', output, '--resume', '--num-negatives', '2');
    expect(otherOptions.stderr).toMatch(/was made with a different --num-negatives: 3, now 2; start again/);
    writeFileSync(input, linesOf(many.toReversed()));
    const otherData = await mine('--input', input, '--output', output, '--resume');
    expect(otherData.stderr).toMatch(
      /pairs\.jsonl changed since [\d,]+ quer(y|ies) of .* were written; start again/,
    );
    writeFileSync(input, linesOf(many));
    const resumed = await mine('--input', input, '--output', output, '--resume');
    expect(resumed.stderr).toMatch(
      /^6,000 pairs read: 6,000 queries \([\d,]+ quer(y|ies) by an earlier run\)/,
    );
    expect(readFileSync(output, 'utf8')).toBe(readFileSync(whole, 'utf8'));
    expect(readdirSync(folder).toSorted()).toEqual(['mined.jsonl', 'pairs.jsonl', 'whole']);
  });
});
