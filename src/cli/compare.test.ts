// @module-tag slow
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { ScoreExplanation } from '../sparse/explain.js';
import { PAYLOAD_FORMATS } from '../sparse/payloads/formats.js';
import { MODELS } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { runCommand, runHere } from '../testing/run-command.js';

const SPLADE = join(MODELS, 'splade-bert');
const COSINE = join(MODELS, 'splade-settings');

const QUERIES = ['houses', 'the water of a river'];
const DOCUMENTS = ['a painter of houses', 'water that runs', 'a dog'];

interface Ranking {
  readonly query: string | number;
  readonly results: readonly { readonly id: string | number; readonly score: number }[];
}

const rankings = (stdout: string): Ranking[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Ranking);

describe('similarity', () => {
  test('of texts is an aligned table, also with wide characters', async () => {
    const texts = ['a dog', 'a tree 日本', 'x'.repeat(60)];
    const { code, stdout, stderr } = await runHere(['similarity', SPLADE, ...texts]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^3 texts encoded \(0 cut, 0 empty\), \d+\.\d s\n$/);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^dot +1 +2 +3$/);
    expect(lines[2]).toMatch(/^2 a tree 日本 +[\d.]+ +[\d.]+ +[\d.]+$/);
    expect(lines[3]).toContain(`3 ${'x'.repeat(39)}… `);
    // Two characters of the third line take two columns each.
    expect(
      new Set([lines[0]?.length, lines[1]?.length, (lines[2]?.length ?? 0) + 2, lines[3]?.length]).size,
    ).toBe(1);
  });

  test.each([
    ['similarity', SPLADE, ...'a b c d e f g h i j k l'.split(' '), 'water '.repeat(20)],
    ['explain', SPLADE, 'who paints houses, and why so many of them', 'a decorator paints walls and more'],
    ['inspect', COSINE],
    ['formats'],
  ])('%s has lines of at most 80 places', async (...args) => {
    const { code, stdout } = await runHere(args);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('of texts as JSON is the matrix', async () => {
    const { stdout } = await runHere(['similarity', COSINE, ...DOCUMENTS, '--json']);
    const { similarity, texts, scores } = JSON.parse(stdout) as {
      similarity: string;
      texts: string[];
      scores: number[][];
    };
    expect({ similarity, texts }).toEqual({ similarity: 'cosine', texts: DOCUMENTS });
    scores.forEach((row, i) => {
      expect(row[i]).toBeCloseTo(1, 5);
      row.forEach((score, j) => expect(score).toBeCloseTo(scores[j]?.[i] ?? NaN, 5));
    });
  });

  test('of texts in a file is the same as of texts on the command line', async () => {
    const file = join(temporaryFolder(), 'texts.jsonl');
    writeFileSync(file, DOCUMENTS.map((text) => JSON.stringify({ text })).join('\n'));
    const fromFile = await runHere(['similarity', SPLADE, '--texts', file]);
    expect(fromFile.stdout).toBe((await runHere(['similarity', SPLADE, ...DOCUMENTS])).stdout);
  });

  test.each([SPLADE, COSINE])(
    'of files ranks as the encoder does, from texts and from embeddings: %s',
    async (path) => {
      const model = await SparseEncoder.load(path);
      const [queries, documents] = [await model.encodeQuery(QUERIES), await model.encodeDocument(DOCUMENTS)];
      const scores = model.similarity(queries, documents);
      const expected = scores.map((row) =>
        Array.from(row, (score, index) => ({ id: `d${index}`, score }))
          .toSorted((a, b) => b.score - a.score)
          .slice(0, 2),
      );
      await model.dispose();
      const folder = temporaryFolder();
      const [queryFile, documentFile] = [join(folder, 'queries.txt'), join(folder, 'documents.jsonl')];
      writeFileSync(queryFile, QUERIES.join('\n'));
      writeFileSync(
        documentFile,
        DOCUMENTS.map((text, index) => JSON.stringify({ id: `d${index}`, text })).join('\n'),
      );

      const texts = await runHere([
        'similarity',
        path,
        '--queries',
        queryFile,
        '--documents',
        documentFile,
        '--top',
        '2',
      ]);
      expect(texts.code).toBe(0);
      const found = rankings(texts.stdout);
      expect(found.map(({ query }) => query)).toEqual([0, 1]);
      found.forEach(({ results }, row) => {
        expect(results.map(({ id }) => id)).toEqual(expected[row]?.map(({ id }) => id));
        results.forEach(({ score }, place) =>
          expect(score).toBeCloseTo(expected[row]?.[place]?.score ?? NaN, 4),
        );
      });

      const embedded = join(folder, 'embeddings.jsonl');
      const args = ['encode', path, '--input', documentFile, '--task', 'document', '--output', embedded];
      expect(await runHere(args)).toMatchObject({ code: 0 });
      const stored = await runCommand(
        ['similarity', path, '--queries', '-', '--documents', embedded, '--top', '2'],
        { input: QUERIES.join('\n') },
      );
      rankings(stored.stdout).forEach(({ results }, row) => {
        expect(results.map(({ id }) => id)).toEqual(found[row]?.results.map(({ id }) => id));
        results.forEach(({ score }, place) =>
          expect(score).toBeCloseTo(found[row]?.results[place]?.score ?? NaN, 4),
        );
      });
    },
  );

  test('of ids beyond 2^53 keeps their digits', async () => {
    const folder = temporaryFolder();
    const ids = ['2637283987631399372', '2637283987631399373'];
    const write = (name: string, texts: readonly string[]): string => {
      const path = join(folder, name);
      writeFileSync(path, texts.map((text, row) => `{"_id": ${ids[row]}, "text": "${text}"}`).join('\n'));
      return path;
    };
    const documents = write('documents.jsonl', ['a tree', 'a river']);
    const queries = write('queries.jsonl', ['a tree']);
    const ranked = await runHere(['similarity', SPLADE, '--queries', queries, '--documents', documents]);
    expect(ranked.stdout.match(/\d{16,}/g)?.toSorted()).toEqual([ids[0], ids[0], ids[1]]);

    const embedded = join(folder, 'embedded.jsonl');
    await runHere(['encode', SPLADE, '--input', documents, '--output', embedded]);
    const stored = await runHere(['similarity', SPLADE, '--queries', queries, '--documents', embedded]);
    expect(stored.stdout.match(/\d{16,}/g)?.toSorted()).toEqual([ids[0], ids[0], ids[1]]);
  });

  test('of a file without lines is refused', async () => {
    const file = join(temporaryFolder(), 'empty.jsonl');
    writeFileSync(file, '');
    const { code, stderr } = await runHere(['similarity', SPLADE, '--queries', file, '--documents', '-']);
    expect(stderr).toBe(`${file} has no texts; expected at least one\n`);
    expect(code).toBe(2);
  });
});

describe('explain', () => {
  const ARGS = ['explain', SPLADE, 'a painter of houses', 'the houses were painted'];
  let explanation: ScoreExplanation;
  let score: number;

  beforeAll(async () => {
    const { stdout } = await runHere([...ARGS, '--json', '--top', '4']);
    explanation = JSON.parse(stdout) as ScoreExplanation;
    const model = await SparseEncoder.load(SPLADE);
    score =
      model.similarity(
        await model.encodeQuery(ARGS[2] ?? ''),
        await model.encodeDocument(ARGS[3] ?? ''),
      )[0]?.[0] ?? NaN;
    await model.dispose();
  });

  test('takes texts from files, of several lines too', async () => {
    const folder = temporaryFolder();
    const [query, document] = ['query.txt', 'document.txt'].map((name) => join(folder, name)) as [
      string,
      string,
    ];
    writeFileSync(query, `${ARGS[2]}\n`);
    writeFileSync(document, 'the houses\nwere painted');
    const expected = (await runHere(ARGS)).stdout;
    const given = ['explain', SPLADE];
    expect((await runHere([...given, '--query-file', query, '--document-file', document])).stdout).toBe(
      expected,
    );
    expect((await runHere([...given, ARGS[2] ?? '', '--document-file', document])).stdout).toBe(expected);
    expect((await runHere([...given, '--query-file', query, ARGS[3] ?? ''])).stdout).toBe(expected);
  });

  test('as JSON has products that add up to the score, and shares that add up to 1', () => {
    const { matched } = explanation;
    expect(matched.length).toBeGreaterThan(4);
    expect(explanation.score).toBeCloseTo(score, 3);
    expect(matched.reduce((sum, { product }) => sum + product, 0)).toBeCloseTo(explanation.score, 4);
    expect(matched.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    for (const { product, query, document } of matched) {
      expect(product).toBeGreaterThan(0);
      expect(product).toBeCloseTo(query.weight * document.weight, 5);
    }
    expect(explanation.queryOnly.length).toBeLessThanOrEqual(4);
  });

  test('in words names the score, the strongest terms and what is left out, without colours in a pipe', async () => {
    const { code, stdout, stderr } = await runCommand([...ARGS, '--top', '4'], { env: { FORCE_COLOR: '1' } });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^2 texts encoded \(0 cut, 0 empty\), \d+\.\d s\n$/);
    const { matched } = explanation;
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(`score ${explanation.score.toFixed(3)} from ${matched.length} shared terms`);
    expect(lines[1]).toMatch(/^term +query +document +product +share$/);
    expect(lines.slice(2, 6).map((line) => line.split(' ')[0])).toEqual(
      matched.slice(0, 4).map(({ token }) => token),
    );
    expect(lines[6]).toMatch(new RegExp(`^${matched.length - 4} more shared terms: `));
    expect(stdout).not.toContain('\u001B');
  });
});

describe('inspect', () => {
  test('tells what a model is made of, name by name', async () => {
    const { code, stdout } = await runHere(['inspect', COSINE]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^modules +Transformer\(.*\n.*\n +SpladePooling\(/);
    expect(stdout).toMatch(/\nparameters +10,428\n +10,428 in 0 Transformer\n/);
    expect(stdout).toMatch(/\nlongest text +32 tokens\n/);
    expect(stdout).toMatch(/\nactive dimensions +at most 12\nsimilarity +cosine\n/);
    expect(stdout).toMatch(/\ndefault prompt +title\n$/);
  });

  test('as JSON, and on another engine, says the same', async () => {
    const onnx = await runHere(['inspect', join(MODELS, 'csr'), '--json']);
    const cpu = await runHere(['inspect', join(MODELS, 'csr'), '--json', '--engine', 'cpu']);
    expect(cpu).toEqual(onnx);
    expect(JSON.parse(onnx.stdout)).toMatchObject({
      dimensions: 64,
      maxActiveDims: 8,
      maxSeqLength: 32,
      vocabulary: 300,
      defaultPrompt: null,
    });
  });
});

test('formats lists every format with what it refuses', async () => {
  const names = Object.keys(PAYLOAD_FORMATS);
  const text = await runHere(['formats']);
  const json = await runHere(['formats', '--json']);
  expect(text.stdout.match(/^[a-z-]+(?=: )/gm)).toEqual(names);
  const rows = JSON.parse(json.stdout) as { name: string; negativeWeights: string }[];
  expect(rows.map(({ name }) => name)).toEqual(names);
  expect(rows.map(({ negativeWeights }) => negativeWeights)).toContain('refused');
});
