// @module-tag slow
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SparseEncoder } from '../src/encoder/sparse-encoder.js';
import { setEngine } from '../src/engine/set-engine.js';
import type { RetrievalTask } from '../src/evaluation/retrieval-task.js';
import { packageRoot } from '../src/package-root.js';
import { buildModelData, type ModelData } from './models/data.js';
import { BACKBONE, bm25Ndcg, qualityOf, RECIPES, taskOf, trainOn } from './quickstart/quickstart.js';
import { inWords, jsonOf } from './quickstart/report.js';

const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-quickstart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let data: ModelData;
let task: RetrievalTask;
beforeAll(async () => {
  await setEngine('onnx');
  data = buildModelData();
  task = taskOf(data);
});

function quickstart(...args: string[]) {
  const command = ['--import', 'tsx', join(packageRoot(), 'scripts/quickstart.ts'), ...args];
  return spawnSync(process.execPath, command, { cwd: packageRoot(), encoding: 'utf8' });
}

/** The first queries over the documents that answer them and some more. */
function smallTask(): RetrievalTask {
  const relevant = task.relevant.slice(0, 40);
  const places = [...new Set([...relevant.flatMap((each) => [...each]), ...Array(200).keys()])];
  return {
    queries: task.queries.slice(0, 40),
    documents: places.map((place) => task.documents[place] ?? ''),
    relevant: relevant.map((each) => new Set([...each].map((place) => places.indexOf(place)))),
  };
}

it('holds the words that it asks for, and the definitions, out of the training pairs', () => {
  const asked = new Set(task.queries.map((query) => query.toLowerCase()));
  const searched = new Set(task.documents);
  expect(asked.size).toBe(500);
  expect(data.pairs.length).toBeGreaterThan(100_000);
  expect(data.pairs.filter(({ anchor }) => asked.has(anchor.toLowerCase()))).toEqual([]);
  expect(data.pairs.filter(({ positive }) => searched.has(positive))).toEqual([]);
  expect(task.relevant.every((each) => each.size > 0)).toBe(true);
});

it('has a backbone of less than 6 MB', () => {
  const bytes = readdirSync(BACKBONE, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(BACKBONE, name)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
  expect(bytes).toBeLessThan(6_000_000);
  expect(existsSync(join(BACKBONE, 'NOTICE'))).toBe(true);
});

const weightsOf = (model: SparseEncoder): Float32Array[] =>
  model.trainableVariables().map((variable) => Float32Array.from(variable.dataSync()));

it('trains in a few steps to what ranks better, the same every time, and saves it', async () => {
  const small = smallTask();
  const train = async (): Promise<SparseEncoder> => {
    const model = await SparseEncoder.load(BACKBONE);
    await trainOn(model, data.pairs.slice(0, 2000), { ...RECIPES.backbone, steps: 12 }, {});
    return model;
  };
  const before = await SparseEncoder.load(BACKBONE);
  const untrained = await qualityOf(before, small);
  const bm25 = await bm25Ndcg(before, small);
  const model = await train();
  const trained = await qualityOf(model, small);
  expect(trained.ndcg10).toBeGreaterThan(untrained.ndcg10);
  expect(trained.documentTerms).toBeLessThan(untrained.documentTerms);

  const vectors = await model.encode(small.documents.slice(0, 8));
  const again = await train();
  expect(await again.encode(small.documents.slice(0, 8))).toEqual(vectors);
  const output = join(folder, 'model');
  await model.save(output);
  const opened = await SparseEncoder.load(output);
  expect(weightsOf(opened)).toEqual(weightsOf(model));
  // A loaded model's weights are constants of its program, for which ONNX Runtime adds products in another order.
  const reopened = await opened.encode(small.documents.slice(0, 8));
  expect(reopened.indices).toEqual(vectors.indices);
  reopened.values.forEach((value, at) => expect(value).toBeCloseTo(vectors.values[at] ?? Number.NaN, 5));
  await Promise.all([before, model, again, opened].map((each) => each.dispose()));

  const result = {
    output,
    seconds: 1.5,
    trained,
    untrained,
    bm25,
    steps: 12,
    batch: 64,
    pairs: 2000,
    queries: 40,
    documents: small.documents.length,
  };
  expect(JSON.parse(jsonOf(result))).toEqual({
    seconds: 1.5,
    output,
    ndcg10: { trained: trained.ndcg10, untrained: untrained.ndcg10, bm25 },
  });
  expect(inWords(result)).toContain('this model ');
});

it('replaces no folder unasked, and explains itself', () => {
  const present = join(folder, 'present');
  mkdirSync(present);
  const refused = quickstart('--output', present);
  expect(refused.stderr).toContain(`${present} exists`);
  expect(refused.status).toBe(2);
  expect(quickstart('--steps', '0', '--output', join(folder, 'none'))).toMatchObject({ status: 2 });
  const help = quickstart('--help');
  expect(help.status).toBe(0);
  expect(help.stdout).toContain('npm run quickstart -- --output my-model --json result.json');
});
