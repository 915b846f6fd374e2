/** Measures mining and what its negatives give in training: npm run mining -- --help */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkOutput } from '../../src/cli/check-output.js';
import type { Row } from '../../src/datasets/dataset.js';
import { eachRow } from '../../src/datasets/each-row.js';
import { readDataset } from '../../src/datasets/files/read-dataset.js';
import { SparseEncoder } from '../../src/encoder/sparse-encoder.js';
import { setEngine } from '../../src/engine/set-engine.js';
import { writeTextWhole } from '../../src/files/write-file.js';
import { countFrom } from '../../src/options.js';
import { flag } from '../../src/shell/flag.js';
import { newCommand } from '../../src/shell/new-command.js';
import { runCommand } from '../../src/shell/run-command.js';
import { tell } from '../../src/shell/tell.js';
import { buildModelData } from '../models/data.js';
import { BACKBONE, qualityOf, RECIPES, taskOf, trainOn } from '../quickstart/quickstart.js';
import type { MiningCost } from './measure.js';
import { inWords, type Trained } from './report.js';

interface Options {
  readonly model?: string;
  readonly steps: number;
  readonly more: number;
  readonly pairs: number;
  readonly negatives: number;
  readonly json?: string;
  readonly force?: boolean;
}

/** A quarter of the rate of the first training, which has ended at 0. */
const LEARNING_RATE = RECIPES.backbone.learningRate / 4;
const { batch } = RECIPES.backbone;

async function main({
  model: given,
  steps,
  more,
  pairs: count,
  negatives,
  json,
  force,
}: Options): Promise<void> {
  if (json !== undefined) await checkOutput(json, { inputs: [], force });
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-mining-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    await setEngine('onnx');
    const data = buildModelData();
    const task = taskOf(data);
    const trainedModel = given ?? join(folder, 'model');
    if (given === undefined) {
      tell(`training the quickstart's model for ${steps} steps`);
      const recipe = { ...RECIPES.backbone, steps };
      await withModel(BACKBONE, async (model) => {
        await trainOn(model, data.pairs, recipe, {});
        await model.save(trainedModel);
      });
    }
    const start = await withModel(trainedModel, (model) => qualityOf(model, task));

    const pairs = data.pairs.slice(0, count);
    const files = { pairs: join(folder, 'pairs.jsonl'), mined: join(folder, 'mined.jsonl') };
    writeFileSync(files.pairs, pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
    tell(`mining negatives for ${pairs.length} pairs`);
    const cost = await mine([trainedModel, files.pairs, files.mined, String(negatives)]);

    const mined = await rowsOf(files.mined);
    const positives = mined.map(({ anchor, positive }) => ({ anchor, positive }));
    const trainFurther = async (name: string, rows: readonly Row[]): Promise<Trained> => {
      tell(`training ${more} more steps, ${name}`);
      return await withModel(trainedModel, async (model) => {
        const begin = performance.now();
        await trainOn(model, rows, { steps: more, batch, learningRate: LEARNING_RATE }, {});
        const seconds = (performance.now() - begin) / 1000;
        return { name, quality: await qualityOf(model, task), seconds };
      });
    };
    const trained = [
      await trainFurther('without mined negatives', positives),
      await trainFurther('with them', mined),
    ];
    const measured = { pairs: pairs.length, negatives, steps, more, batch, cost, start, trained };
    if (json !== undefined) await writeTextWhole(json, `${JSON.stringify(measured, null, 2)}\n`);
    process.stdout.write(inWords(measured));
  } finally {
    process.removeListener('exit', remove);
    remove();
  }
}

async function withModel<T>(path: string, work: (model: SparseEncoder) => Promise<T>): Promise<T> {
  const model = await SparseEncoder.load(path);
  try {
    return await work(model);
  } finally {
    await model.dispose();
  }
}

async function mine(args: readonly string[]): Promise<MiningCost> {
  const program = fileURLToPath(new URL('./measure.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, ...args]);
  return JSON.parse(stdout) as MiningCost;
}

async function rowsOf(path: string): Promise<Row[]> {
  const dataset = await readDataset(path);
  const rows: Row[] = [];
  for await (const [, row] of eachRow(dataset)) rows.push(row);
  await dataset.close?.();
  return rows;
}

await runCommand(() =>
  newCommand('mining', {
    description: 'Measures mining on WordNet, and what training on its negatives gains.',
    notes:
      'A small model is trained on words and their definitions, mines negatives, and is trained\nfurther from there, twice for as many steps: without and with these negatives.',
    examples: ['npm run mining', 'npm run mining -- --steps 200 --more 50 --pairs 10000'],
  })
    .option('--model <folder>', 'a model that was trained before, instead of training one')
    .addOption(flag('--steps <n>', 'steps of the first training', countFrom(1, RECIPES.backbone.steps)))
    .addOption(flag('--more <n>', 'steps of each further training', countFrom(1, 300)))
    .addOption(flag('--pairs <n>', 'pairs to mine for', countFrom(100, 100_000)))
    .addOption(flag('--negatives <n>', 'negatives of each pair', countFrom(1, 2)))
    .option('--json <file>', 'also write the figures to this file')
    .option('--force', 'replace the file if it exists')
    .action(main),
);
