// @module-tag slow
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeCommands, TEXTS, NUMBERS, JSONL } from '../testing/encode-commands.js';
import { MODELS } from '../testing/files/damaged-model.js';
import { runHere } from '../testing/run-command.js';

const commands = encodeCommands();
const { encode, encodeHere, inputFile, lines } = commands;

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
      `${commands.folder}/none.${extension} has no texts; expected at least one\n`,
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
    expect(stderr).toMatch(/long\.txt:1: the line has more than 64 MiB; expected one text per line\n$/);
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
    expect(stderr.replaceAll(commands.folder, 'FOLDER')).toMatch(told);
    expect(code).toBe(2);
  });

  test('a bad line of standard input is named so', async () => {
    const { code, stderr } = await encode([], '{"text": "a"}\n7\n');
    expect(stderr).toMatch(/^standard input:2: expected a string, or an object/);
    expect(code).toBe(2);
  });
});
