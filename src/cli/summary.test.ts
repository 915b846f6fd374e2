import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { exported } from '../testing/exports.js';
import { modelFixture } from '../testing/new-encoders.js';
import { runHere } from '../testing/run-command.js';

const MODEL = modelFixture('splade-bert');
const LONG = 'water '.repeat(1000);
const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-summary-'));
afterAll(() => rmSync(folder, { recursive: true }));
const TEXTS = join(folder, 'texts.jsonl');
writeFileSync(TEXTS, [JSON.stringify(LONG), '', '" "', '"a tree"'].join('\n'));
const STORED = join(folder, 'stored.jsonl');
writeFileSync(STORED, '{"indices": [3], "values": [1]}\n');
const { folder: EXPORTED } = await exported('splade-bert', { format: 'dense' });
const OUTPUT = join(folder, 'output');

const OF_FILE = { input: TEXTS, rows: 4, texts: 3, cut: 1, empty: 1, skipped: 1, resumed: 0 };
const IN_WORDS = String.raw`4 rows read, 3 texts encoded \(1 cut, 1 empty\), 1 row skipped`;

/** The report of each command, in words and for programs. */
const COMMANDS: readonly (readonly [readonly string[], string, object])[] = [
  [
    ['encode', MODEL, '--input', TEXTS, '--output', OUTPUT, '--force'],
    String.raw`^${IN_WORDS}\n\d+\.\d active dimensions a text, \d+\.\d s \([\d,]+ texts a second\): ${OUTPUT}\n$`,
    { inputs: [OF_FILE], output: OUTPUT, activeDims: expect.any(Number) as number },
  ],
  [
    ['similarity', MODEL, LONG, '--texts', TEXTS],
    String.raw`^command line: 1 text encoded \(1 cut, 0 empty\)\n${TEXTS}: ${IN_WORDS}\n\d+\.\d s\n$`,
    { inputs: [{ input: null, rows: 1, texts: 1, cut: 1, empty: 0, skipped: 0, resumed: 0 }, OF_FILE] },
  ],
  [
    ['similarity', MODEL, '--queries', TEXTS, '--documents', STORED],
    String.raw`^${TEXTS}: ${IN_WORDS}\n${STORED}: 1 embedding read\n3 queries ranked against 1 document, \d+\.\d s\n$`,
    { inputs: [OF_FILE, { input: STORED, embeddings: 1 }], queries: 3, documents: 1, output: null },
  ],
  [
    ['explain', MODEL, 'a tree', LONG],
    String.raw`^2 texts encoded \(1 cut, 0 empty\), \d+\.\d s\n$`,
    { inputs: [{ input: null, rows: 2, texts: 2, cut: 1, empty: 0, skipped: 0, resumed: 0 }] },
  ],
  [
    ['export', MODEL, '--output', join(folder, 'exported'), '--verify', TEXTS, '--force'],
    String.raw`^${IN_WORDS.replace('encoded', 'tried')}\n\d+ files of 0\.\d MiB written, \d+\.\d s: .*exported\n$`,
    { inputs: [OF_FILE], output: join(folder, 'exported'), files: expect.any(Number) as number },
  ],
  [
    ['verify', EXPORTED, '--reference', MODEL, '--texts', TEXTS],
    String.raw`^${IN_WORDS.replace('encoded', 'tried')}\n1 file compared on 27 texts, \d+\.\d s\n$`,
    { inputs: [OF_FILE], output: null, files: 1, texts: 27 },
  ],
];

test.each(COMMANDS.map((row) => [row[0][0], ...row] as const))(
  '%s ends with what was read, cut and written',
  async (_, args, words, figures) => {
    const told = await runHere(args);
    expect(told.stderr).toMatch(new RegExp(words));
    expect(told.code).toBe(0);
    const json = JSON.parse((await runHere([...args, '--json'])).stderr) as { seconds: number };
    expect(json).toMatchObject(figures);
    expect(json.seconds).toBeGreaterThan(0);
  },
);
