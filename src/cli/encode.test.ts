// @module-tag slow
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TextId } from '../data/text-id.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { PAYLOAD_FORMATS, type PayloadFormatName } from '../sparse/payloads/formats.js';
import { rowOf } from '../sparse/row.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { copyOfModel, editJson, MODELS } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { type CommandResult, endOf, runCommand, runHere, startCommand } from '../testing/run-command.js';

const MODEL = join(MODELS, 'inference-free');
const TEXTS = ['a painter of houses', '', 'water that runs\u2028and "stops"', 'été'];

let model: SparseEncoder;
/** As queries, for which no network runs: the output is the same to the last digit. */
let expected: SparseMatrix;
let folder: string;

beforeAll(async () => {
  model = await SparseEncoder.load(MODEL);
  expected = await model.encodeQuery(TEXTS);
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-cli-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await model.dispose();
});

function inputFile(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const encode = (args: readonly string[], input: string | Uint8Array = ''): Promise<CommandResult> =>
  runCommand(['encode', MODEL, '--task', 'query', ...args], { input });

/** The same in this process, from a file. */
const encodeHere = (
  args: readonly string[],
  name: string,
  content: string | Uint8Array,
): Promise<CommandResult> =>
  runHere(['encode', MODEL, '--task', 'query', '--input', inputFile(name, content), ...args]);

/** The lines that a format makes of the texts with these ids. */
function lines(format: PayloadFormatName, ids: readonly TextId[], texts = TEXTS): string {
  const written = ids.map((id, row) =>
    PAYLOAD_FORMATS[format].write(
      { ...rowOf(expected, row), columns: expected.columns, id, content: texts[row] ?? '' },
      model.tokenizer,
    ),
  );
  return written.map((line) => `${line}\n`).join('');
}

const NUMBERS = TEXTS.map((_, index) => index);
const JSONL = TEXTS.map((text) => `${JSON.stringify(text)}\n`).join('');

describe('input', () => {
  test('standard input, a text a line, empty ones too, each with its number', async () => {
    const done = await encode([], TEXTS.join('\n'));
    expect(done).toMatchObject({ code: 0, stdout: lines('jsonl', NUMBERS) });
    const marked = await encode([], `\uFEFF${TEXTS.join('\r\n')}\r\n`);
    expect(marked).toMatchObject({ code: 0, stdout: done.stdout });
  });

  test('.jsonl with ids, with and without; empty lines are passed over', async () => {
    const rows = [
      JSON.stringify({ id: 'first', text: TEXTS[0] }),
      '',
      JSON.stringify(TEXTS[1]),
      JSON.stringify({ text: TEXTS[2], id: 7, url: 'more' }),
      JSON.stringify({ text: TEXTS[3] }),
    ];
    const { code, stdout } = await encodeHere([], 'texts.jsonl', rows.join('\n'));
    expect(stdout).toBe(lines('jsonl', ['first', 1, 7, 3]));
    expect(code).toBe(0);
  });

  test('a .txt whose lines look like JSON by their first line, and one that does not', async () => {
    const json = await encodeHere([], 'json.txt', JSONL);
    expect(json.stdout).toBe(lines('jsonl', NUMBERS));
    const plain = await encodeHere([], 'plain.txt', TEXTS.join('\n'));
    expect(plain.stdout).toBe(lines('jsonl', NUMBERS));
  });

  test("ids keep all their digits, by BEIR's name, too", async () => {
    const rows = [
      `{"id": 2637283987631399372, "text": ${JSON.stringify(TEXTS[0])}}`,
      `{"_id": "d1", "text": ${JSON.stringify(TEXTS[1])}}`,
      `{"_id": -9007199254740993, "metadata": {"id": 1}, "text": ${JSON.stringify(TEXTS[2])}}`,
    ];
    const { stdout } = await encodeHere([], 'ids.jsonl', rows.join('\n'));
    expect(stdout).toBe(lines('jsonl', [2637283987631399372n, 'd1', -9007199254740993n], TEXTS.slice(0, 3)));
  });

  test('a title is put before its text', async () => {
    const [apart, joined] = [
      { title: ' A tale', text: 'of two\u001F ' },
      { title: '', text: ' a text ' },
    ]
      .map(({ title, text }) => [
        JSON.stringify({ title, text }),
        JSON.stringify(`${title} ${text}`.replace('\u001F', '').trim()),
      ])
      .reduce(([a, b], [c, d]) => [`${a}\n${c}`, `${b}\n${d}`]);
    const { stdout } = await encodeHere([], 'apart.jsonl', apart ?? '');
    expect(stdout).toBe((await encodeHere([], 'joined.jsonl', joined ?? '')).stdout);
    expect(stdout).not.toBe((await encodeHere([], 'texts.jsonl', '"of two"\n"a text"')).stdout);
  });

  test.each(['jsonl', 'json', 'csv', 'txt'])('an empty .%s is refused', async (extension) => {
    const { code, stdout, stderr } = await encodeHere([], `none.${extension}`, '');
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      `${folder}/none.${extension} has no texts; expected at least one\n`,
    ]);
  });

  const TABLE = [
    ['title', '_id', 'text'],
    ['', 'a', TEXTS[0]],
    ['', 'b "c"', 'one, two\nthree'],
    ['', 'd', ''],
  ];
  const csv = TABLE.map((row) => row.map((cell) => `"${(cell ?? '').replaceAll('"', '""')}"`).join(',')).join(
    '\r\n',
  );
  const asJsonl = TABLE.slice(1)
    .map(([, id, text]) => JSON.stringify({ id, text: (text ?? '').replaceAll('\r\n', '\n') }))
    .join('\n');

  test.each([
    ['table.csv', [], `\uFEFF${csv}\r\n\r\n`],
    ['table.txt', ['--input-format', 'csv'], csv],
    [
      'array.json',
      [],
      JSON.stringify(
        asJsonl.split('\n').map((line) => JSON.parse(line) as unknown),
        null,
        2,
      ),
    ],
    ['array.txt', [], `[${asJsonl.split('\n').join(',')}]`],
    ['lines.json', [], asJsonl],
    ['lines.csv', ['--input-format', 'jsonl'], asJsonl],
  ])('%s %j is read as the same texts in lines of JSON', async (name, args, content) => {
    const expectedLines = await encodeHere([], 'same.jsonl', asJsonl);
    const { code, stdout, stderr } = await encodeHere(args, name, content);
    expect(stdout).toBe(expectedLines.stdout);
    expect(stderr).toMatch(/3 texts encoded \(0 cut, 1 empty\), 0 rows skipped/);
    expect(code).toBe(0);
  });

  test('a .tsv has no quotes', async () => {
    const { stdout } = await encodeHere([], 'table.tsv', 'id\ttext\n7\t"water" is wet, "fire\n');
    const same = await encodeHere([], 'same.jsonl', '{"id": "7", "text": "\\"water\\" is wet, \\"fire"}');
    expect(stdout).toBe(same.stdout);
  });

  test.each([
    ['headed.csv', 'name,body\n', /headed\.csv: the header has "name", "body"; expected a column text\n$/],
    ['bad.csv', 'name,body\na,b\n', /bad\.csv: the header has "name", "body"; expected a column text\n$/],
    ['bad.csv', 'id,text\na,b\nc\n', /bad\.csv:3: a row of 1 cell; expected 2, as the header has\n$/],
    ['bad.csv', 'id,text\na,"b\nc\n', /bad\.csv:2: a quote begins in this row and does not end\n$/],
    [
      'bad.csv',
      'id,text\na,"b"c"d"\n',
      /bad\.csv:2: "c\\"d\\"" follows a quote; expected "," or the end of the row\n$/,
    ],
    ['bad.json', '[\n"a",\n]\n', /bad\.json:3:1: not valid JSON: /],
    ['bad.json', '{\n"a": 1}\n', /bad\.json: expected an array of texts or of objects\n$/],
    ['bad.json', '["a", 7]\n', /bad\.json\[1\]: expected a string, or an object with a string "text"\n$/],
  ])('%s with %j is refused', async (name, content, told) => {
    const { code, stderr } = await encodeHere([], name, content);
    expect(stderr).toMatch(told);
    expect(code).toBe(2);
  });

  test('a line that is too long is refused, before all of it is read', async () => {
    const content = Buffer.alloc(2 ** 26 + 1, 'a');
    const { code, stderr } = await encodeHere([], 'long.txt', content);
    expect(stderr).toMatch(/long\.txt:1: the line has more than 64 MiB; expected a text a line\n$/);
    expect(code).toBe(2);
  });

  test('a byte order mark is passed over at the beginning only', async () => {
    const { stdout } = await encodeHere(
      ['--format', 'jsonl-tokens'],
      'marks.txt',
      '\uFEFFa tree\n\uFEFFa tree\n',
    );
    const same = await encodeHere(['--format', 'jsonl-tokens'], 'marks.jsonl', '"a tree"\n"\\uFEFFa tree"\n');
    expect(stdout).toBe(same.stdout);
  });

  test('the summary counts rows, texts that are cut, empty ones and rows without a text', async () => {
    const rows = [JSON.stringify('water '.repeat(1000)), '', '" "', '"a tree"', '""'];
    const { stderr } = await runHere([
      'encode',
      join(MODELS, 'splade-bert'),
      '--input',
      inputFile('rows.jsonl', rows.join('\n')),
    ]);
    expect(stderr).toMatch(
      /^5 rows read, 4 texts encoded \(1 cut, 2 empty\), 1 row skipped\n\d+\.\d active dimensions a text, \d+\.\d s \(\d+ texts? a second\)\n$/,
    );
  });

  test.each([
    ['"a"\n{"text": tru}\n', /^FOLDER\/bad\.jsonl:2:10: not valid JSON: /],
    [
      '"a"\n\n{"title": "b", "body": "c"}\n',
      /^FOLDER\/bad\.jsonl:3: expected a string, or an object with a string "text"; it has "title", "body"\n$/,
    ],
    ['"a"\n[1]\n', /^FOLDER\/bad\.jsonl:2: expected a string, or an object with a string "text"\n$/],
    ['null\n', /^FOLDER\/bad\.jsonl:1: expected a string/],
    [
      '{"text": "a", "id": [1]}\n',
      /^FOLDER\/bad\.jsonl:1: "id" is \[1\]; expected a string or a whole number\n$/,
    ],
    [
      '{"text": "a", "_id": 1.5}\n',
      /^FOLDER\/bad\.jsonl:1: "_id" is 1\.5; expected a string or a whole number\n$/,
    ],
    ['{"text": "a", "title": 1}\n', /^FOLDER\/bad\.jsonl:1: "title" is 1; expected a string\n$/],
    [Buffer.from('"a"\n"\xff"\n', 'latin1'), /^FOLDER\/bad\.jsonl:2: the line is not valid UTF-8\n$/],
  ])('%j is refused with file and line', async (content, told) => {
    const { code, stderr } = await encodeHere([], 'bad.jsonl', content);
    expect(stderr.replaceAll(folder, 'FOLDER')).toMatch(told);
    expect(code).toBe(2);
  });

  test('a bad line of standard input is named so', async () => {
    const { code, stderr } = await encode([], '{"text": "a"}\n7\n');
    expect(stderr).toMatch(/^standard input:2: expected a string, or an object/);
    expect(code).toBe(2);
  });
});

describe('output', () => {
  test.each(Object.keys(PAYLOAD_FORMATS) as PayloadFormatName[])('of the format %s', async (format) => {
    const texts = TEXTS.filter((text) => text !== '');
    const kept = await model.encodeQuery(texts);
    const rows = texts.map((content, row) =>
      PAYLOAD_FORMATS[format].write(
        { ...rowOf(kept, row), columns: kept.columns, id: row, content },
        model.tokenizer,
      ),
    );
    const { code, stdout } = await encodeHere(
      ['--format', format],
      'texts.jsonl',
      texts.map((text) => JSON.stringify(text)).join('\n'),
    );
    expect(stdout).toBe(rows.map((line) => `${line}\n`).join(''));
    expect(code).toBe(0);
  });

  test('a file is written whole, with a report on standard error', async () => {
    const output = join(temporaryFolder(), 'embeddings.jsonl');
    const { code, stdout, stderr } = await encode(['--output', output], JSONL);
    expect(readFileSync(output, 'utf8')).toBe(lines('jsonl', NUMBERS));
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^4 rows read, 4 texts encoded \(0 cut, 1 empty\), 0 rows skipped\n.* a second\): .*embeddings\.jsonl\n$/,
    );
    expect(code).toBe(0);
    const again = await encode(['--output', output, '--json', '--force'], JSONL);
    expect(JSON.parse(again.stderr)).toMatchObject({ output, activeDims: expect.any(Number) as number });
  });

  test('a run that fails leaves no file, and a file that was there as it was', async () => {
    const place = temporaryFolder();
    const output = join(place, 'embeddings.jsonl');
    expect(await encode(['--output', output], '"a"\n7\n')).toMatchObject({ code: 2 });
    expect(readdirSync(place)).toEqual([]);
    writeFileSync(output, 'of before');
    expect(await encode(['--output', output, '--force'], '"a"\n7\n')).toMatchObject({ code: 2 });
    expect(readdirSync(place)).toEqual(['embeddings.jsonl']);
    expect(readFileSync(output, 'utf8')).toBe('of before');
  });

  test.skipIf(process.platform === 'win32')('a device stays a device', async () => {
    const link = join(temporaryFolder(), 'null');
    symlinkSync('/dev/null', link);
    expect(await encode(['--output', link], JSONL)).toMatchObject({ code: 0 });
    expect(existsSync(link)).toBe(true);
    expect(readFileSync(link)).toHaveLength(0);
  });

  test.skipIf(!existsSync('/dev/full'))('a disk that is full ends with 3', async () => {
    const { code, stderr } = await encode(['--output', '/dev/full'], JSONL);
    expect(stderr).toMatch(/^\/dev\/full cannot be written: ENOSPC/);
    expect(code).toBe(3);
  });
});

describe('a run that ends early', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s ends with %i and leaves what was there', async (signal, code) => {
    const place = temporaryFolder();
    const output = join(place, 'embeddings.jsonl');
    writeFileSync(output, 'of before');
    const command = startCommand(['encode', MODEL, '--output', output, '--force']);
    const ended = endOf(command);
    command.stdin?.write(JSONL);
    await vi.waitUntil(() => readdirSync(place).includes('embeddings.jsonl.partial.json'), 60_000);
    command.kill(signal);
    expect(await ended).toEqual({ code, stdout: '', stderr: '' });
    expect(readdirSync(place)).toEqual(['embeddings.jsonl']);
    expect(readFileSync(output, 'utf8')).toBe('of before');
  });

  test('a reader that has seen enough is not an error', async () => {
    const command = startCommand(['encode', MODEL, '--task', 'query', '--batch-size', '4']);
    const stdin = command.stdin?.on('error', () => undefined);
    const feed = setInterval(() => stdin?.write(JSONL.repeat(500)), 5);
    command.stdout?.once('data', () => command.stdout?.destroy());
    const code = await new Promise((resolve) => command.once('exit', resolve));
    clearInterval(feed);
    expect(code).toBe(0);
  });
});

describe('options of encoding', () => {
  const first = async (args: readonly string[]): Promise<string> =>
    (await runHere(['encode', ...args, '--input', inputFile('tree.jsonl', '"a tree"\n')])).stdout;

  const written = (matrix: SparseMatrix): string =>
    `${PAYLOAD_FORMATS.jsonl.write({ ...rowOf(matrix, 0), columns: matrix.columns, id: 0 }, undefined)}\n`;

  test('are those of the encoder', async () => {
    const path = join(MODELS, 'splade-settings');
    const settings = await SparseEncoder.load(path);
    expect(await first([path])).toBe(written(await settings.encode('a tree')));
    expect(await first([path, '--task', 'query'])).toBe(written(await settings.encodeQuery('a tree')));
    expect(await first([path, '--prompt-name', 'title', '--task', 'document'])).toBe(
      written(await settings.encodeDocument('a tree', { promptName: 'title' })),
    );
    expect(await first([path, '--prompt', '', '--max-active-dims', '3', '--normalize'])).toBe(
      written(await settings.encode('a tree', { prompt: '', maxActiveDims: 3, normalize: true })),
    );
    await settings.dispose();
  });

  test('that the model does not have end with 2', async () => {
    const { code, stderr } = await encodeHere(['--prompt-name', 'title'], 'texts.txt', '"a"\n');
    expect(stderr).toBe('the model has no prompt "title"; it has "query", "document"\n');
    expect(code).toBe(2);
  });

  test('a damaged model ends with 2, its file and key', async () => {
    const damaged = copyOfModel('csr');
    editJson(join(damaged, '2_SparseAutoEncoder', 'config.json'), (config) => {
      config['k'] = 'eight';
    });
    const { code, stderr } = await runHere(['inspect', damaged]);
    expect(stderr).toBe(
      `${damaged}/2_SparseAutoEncoder/config.json: k in the config of SparseAutoEncoder is "eight"; expected a whole number of at least 1\n`,
    );
    expect(code).toBe(2);
  });
});
