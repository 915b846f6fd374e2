import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError, OptionError, UsageError } from '../errors.js';
import { exportOnnx } from '../export/export-onnx.js';
import type { Module } from '../modules/module.js';
import type { RoutedModule } from '../modules/routed-module.js';
import { type Router, router } from '../modules/router.js';
import { sparseStaticEmbedding } from '../modules/sparse-static-embedding.js';
import { spladePooling } from '../modules/splade-pooling.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { loadMaskedLanguageModel } from '../testing/new-encoders.js';
import { ROUTED, routedEncoder, twoAutoEncoders, weightOf } from '../testing/routed-encoders.js';
import { runCommand } from '../testing/run-command.js';
import { SparseEncoder } from './sparse-encoder.js';

beforeAll(() => setEngine('onnx'));

const TEXTS = ['a cloud of particles', 'the handle of a sword'];
const METHODS = ['encode', 'encodeQuery', 'encodeDocument'] as const;

/** Active dimensions of each row. */
const activeDims = ({ indptr, rows }: SparseMatrix): number[] =>
  Array.from({ length: rows }, (_, row) => (indptr[row + 1] as number) - (indptr[row] as number));

describe.each(Object.entries(ROUTED))('routes by %s', (_, routed) => {
  const expected = METHODS.map((method) => [weightOf(routed.routes.indexOf(routed.taken[method]))]);

  async function taken(encoder: SparseEncoder): Promise<number[][]> {
    const made: number[][] = [];
    for (const method of METHODS) made.push([...new Set((await encoder[method](TEXTS)).values)]);
    return made;
  }

  test('are those of the reference, also of preprocessed texts and of what was saved', async () => {
    const encoder = await routedEncoder(routed);
    expect(await taken(encoder)).toEqual(expected);
    const features = await encoder.preprocess(TEXTS, { task: 'query' });
    expect(Math.max(...((await encoder.forward(features).sentenceEmbedding?.data()) ?? []))).toBe(
      expected[1]?.[0],
    );
    const folder = join(temporaryFolder(), 'saved');
    await encoder.save(folder);
    const again = await SparseEncoder.load(folder);
    expect(await taken(again)).toEqual(expected);
    expect(again.modules[0]?.config()).toEqual(encoder.modules[0]?.config());
    for (const each of [encoder, again]) await each.dispose();
  });

  test('are those that texts can take in an export', async () => {
    const encoder = await routedEncoder(routed);
    const output = join(temporaryFolder(), 'exported');
    const { files, verdict } = await exportOnnx(encoder, { output });
    expect(verdict).toBe('passed');
    const routes = files.map(({ route }) => route);
    expect(routes).toEqual(expect.arrayContaining([...new Set(Object.values(routed.taken))]));
    await encoder.dispose();
  });
});

describe('a Router of two auto-encoders', () => {
  test('gives each route the k of its own', async () => {
    const encoder = await twoAutoEncoders();
    expect(encoder.maxActiveDims).toBeNull();
    expect(Math.max(...activeDims(await encoder.encodeQuery(TEXTS)))).toBe(4);
    expect(Math.min(...activeDims(await encoder.encodeDocument(TEXTS)))).toBeGreaterThan(20);
    expect(activeDims(await encoder.encodeDocument(TEXTS, { maxActiveDims: 6 }))).toEqual([6, 6]);
    await encoder.dispose();
  });

  test('is bounded by the latents of the route that is taken', async () => {
    const encoder = await twoAutoEncoders({ latents: { query: 16, document: 64 } });
    expect(activeDims(await encoder.encodeDocument(TEXTS, { maxActiveDims: 20 }))).toEqual([20, 20]);
    await expect(encoder.encodeQuery(TEXTS, { maxActiveDims: 20 })).rejects.toThrow(
      new OptionError(
        "encode: maxActiveDims is 20; expected at most 16, the latents of the model's SparseAutoEncoder",
      ),
    );
    expect((await encoder.encodeQuery([])).columns).toBe(16);
    expect((await encoder.encodeDocument([])).columns).toBe(64);
    expect(() => SparseEncoder.fromModules(encoder.modules, { maxActiveDims: 65 })).toThrow(
      'expected at most 64, the latents',
    );
    await encoder.dispose();
  });

  test('is exported with the k and the dimensions of each route, which cannot be exceeded', async () => {
    const encoder = await twoAutoEncoders({ latents: { query: 16, document: 64 } });
    const output = join(temporaryFolder(), 'exported');
    expect((await exportOnnx(encoder, { output })).verdict).toBe('passed');
    const loaded = await SparseEncoder.load(output);
    for (const method of ['encodeQuery', 'encodeDocument'] as const) {
      const [ours, theirs] = [await loaded[method](TEXTS), await encoder[method](TEXTS)];
      expect([ours.columns, activeDims(ours)]).toEqual([theirs.columns, activeDims(theirs)]);
    }
    await expect(loaded.encodeQuery(TEXTS, { maxActiveDims: 5 })).rejects.toThrow(
      new UsageError('5 active dimensions are requested; this model was exported with at most 4'),
    );
    expect(activeDims(await loaded.encodeDocument(TEXTS, { maxActiveDims: 5 }))).toEqual([5, 5]);
    for (const each of [loaded, encoder]) await each.dispose();
  });
});

describe('a Router without a default route', () => {
  async function withoutDefault(): Promise<SparseEncoder> {
    const transformer = await loadMaskedLanguageModel();
    const routed = router({
      routes: new Map([
        ['query', [sparseStaticEmbedding({ tokenizer: transformer.tokenizer })]],
        ['document', [transformer, spladePooling()]],
      ]),
      allowEmptyKey: false,
    });
    return SparseEncoder.fromModules([routed]);
  }
  const LONG = Array.from({ length: 40 }, () => 'cloud').join(' ');

  test('has a tokenizer, a limit of tokens, a card and decoded embeddings', async () => {
    const encoder = await withoutDefault();
    expect(encoder.maxSeqLength).toBe(32);
    const [decoded] = encoder.decode(await encoder.encodeQuery('of'));
    expect(decoded).toEqual([['of', 1]]);
    await expect(encoder.encode(TEXTS)).rejects.toThrow(InputError);
    const folder = join(temporaryFolder(), 'saved');
    await encoder.save(folder);
    const { code, stdout } = await runCommand(['inspect', folder, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ maxSeqLength: 32, vocabulary: 300 });
    await encoder.dispose();
  });

  test('is limited where it is long: transformers, not static queries, as in the reference', async () => {
    const encoder = await withoutDefault();
    encoder.maxSeqLength = 5;
    expect(encoder.maxSeqLength).toBe(5);
    const lengths = async (of: SparseEncoder): Promise<(number | undefined)[]> => [
      (await of.tokenize([LONG], { task: 'query' }))[0]?.length,
      (await of.tokenize([LONG], { task: 'document' }))[0]?.length,
    ];
    expect(await lengths(encoder)).toEqual([32, 5]);
    const folder = join(temporaryFolder(), 'saved');
    await encoder.save(folder);
    const again = await SparseEncoder.load(folder);
    // The limit of the queries is larger. sentence-transformers 6.2.0 reports 32 for such a folder.
    expect(again.maxSeqLength).toBe(32);
    expect(await lengths(again)).toEqual([32, 5]);
    for (const each of [encoder, again]) await each.dispose();
  });
});

/** A router that is not ours, with nothing but what routes need. */
const delegating = (inner: Router): RoutedModule => ({
  kind: inner.kind,
  parameters: inner.parameters,
  routes: inner.routes,
  defaultRoute: inner.defaultRoute,
  tasks: inner.tasks,
  findRoute: (task, modality) => inner.findRoute(task, modality),
  routeFor: (task, modality) => inner.routeFor(task, modality),
  modulesFor: (task, modality) => inner.modulesFor(task, modality),
  folders: () => inner.folders(),
  config: () => inner.config(),
  forward: (features, options) => inner.forward(features, options),
});

test("routes are taken, saved and exported by what a module has, also by somebody else's", async () => {
  const { tokenizer } = await loadMaskedLanguageModel();
  const weights = (value: number): Module =>
    sparseStaticEmbedding({ tokenizer, weight: new Float32Array(tokenizer.vocabularySize).fill(value) });
  const inner = router({
    routes: new Map([
      ['query', [weights(2)]],
      ['document', [weights(3)]],
    ]),
  });
  const encoder = SparseEncoder.fromModules([delegating(inner)]);
  expect([...new Set((await encoder.encodeDocument(TEXTS)).values)]).toEqual([3]);
  expect(encoder.namedParameters().map(([name]) => name)).toEqual([
    '0.sub_modules.query.0.weight',
    '0.sub_modules.document.0.weight',
  ]);
  const folder = join(temporaryFolder(), 'saved');
  await encoder.save(folder);
  const { files } = await exportOnnx(encoder, { output: join(temporaryFolder(), 'exported') });
  expect(files.map(({ route }) => route)).toEqual(['query', 'document']);
  const again = await SparseEncoder.load(folder);
  expect([...new Set((await again.encodeDocument(TEXTS)).values)]).toEqual([3]);
  for (const each of [encoder, again]) await each.dispose();
});
