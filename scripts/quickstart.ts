/** Trains a small model on WordNet, from nothing but a clone: npm run quickstart -- --help */
import { resolve } from 'node:path';
import { checkOutput, checkOutputFolder } from '../src/cli/check-output.js';
import { SparseEncoder } from '../src/encoder/sparse-encoder.js';
import { setEngine } from '../src/engine/set-engine.js';
import { writeTextWhole } from '../src/files/write-file.js';
import { countFrom, numberAbove } from '../src/options.js';
import { openProgress } from '../src/progress.js';
import { flag } from '../src/shell/flag.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { tell } from '../src/shell/tell.js';
import type { TrainerCallback } from '../src/trainer/callbacks.js';
import { buildModelData } from './models/data.js';
import {
  BACKBONE,
  bm25Ndcg,
  qualityOf,
  type Recipe,
  RECIPES,
  taskOf,
  trainOn,
} from './quickstart/quickstart.js';
import { inWords, jsonOf, type Result } from './quickstart/report.js';

interface Options extends Partial<Recipe> {
  readonly model?: string;
  readonly output: string;
  readonly json?: string;
  readonly force?: boolean;
}

async function main(options: Options): Promise<void> {
  const { model: given, output, json, force } = options;
  const inputs = given === undefined ? [] : [given];
  await checkOutputFolder(output, { inputs, force });
  if (json !== undefined) await checkOutput(json, { inputs, force });
  const begin = performance.now();
  await setEngine('onnx');
  const model = await SparseEncoder.load(given ?? BACKBONE);
  try {
    const recipe = { ...RECIPES[given === undefined ? 'backbone' : 'model'], ...chosen(options) };
    const result = await run(model, recipe, { output: resolve(output), begin });
    await model.save(output, { overwrite: force ?? false });
    const finished = { ...result, seconds: (performance.now() - begin) / 1000 };
    if (json !== undefined) await writeTextWhole(json, jsonOf(finished));
    process.stdout.write(inWords(finished));
  } finally {
    await model.dispose();
  }
}

const chosen = ({ steps, batch, learningRate }: Options): Partial<Recipe> => ({
  ...(steps !== undefined && { steps }),
  ...(batch !== undefined && { batch }),
  ...(learningRate !== undefined && { learningRate }),
});

async function run(
  model: SparseEncoder,
  recipe: Recipe,
  { output, begin }: { output: string; begin: number },
): Promise<Result> {
  const data = buildModelData();
  const task = taskOf(data);
  const bar = openProgress(recipe.steps);
  try {
    bar.note('measuring BM25 and the untrained model');
    const bm25 = await bm25Ndcg(model, task);
    const untrained = await qualityOf(model, task);
    await trainOn(model, data.pairs, recipe, progressOf(bar));
    bar.note('measuring the trained model');
    const trained = await qualityOf(model, task);
    return {
      output,
      seconds: (performance.now() - begin) / 1000,
      steps: recipe.steps,
      batch: recipe.batch,
      pairs: data.pairs.length,
      queries: task.queries.length,
      documents: task.documents.length,
      trained,
      untrained,
      bm25,
    };
  } finally {
    bar.stop();
  }
}

/** The bar, and where there is none a line every tenth of the steps. */
function progressOf(bar: ReturnType<typeof openProgress>): TrainerCallback {
  let loss = '';
  return {
    onLog({ logs, state }) {
      if (logs?.['loss'] === undefined) return;
      loss = `, loss ${logs['loss'].toFixed(2)}`;
      if (!process.stderr.isTTY) tell(`step ${state.globalStep} of ${state.maxSteps}${loss}`);
    },
    onStepEnd: () => bar.advance(`training${loss}`),
  };
}

await runCommand(() =>
  newCommand('quickstart', {
    description:
      'Trains a small SPLADE model on WordNet, compares it with BM25 and with the untrained model, and writes it as a folder that sentence-transformers opens. It needs neither Python, nor a network, nor a GPU.',
    notes:
      'The words that it is measured with are not in its training pairs. The number of steps is fixed: the same command gives the same model on the same machine.',
    examples: [
      'npm run quickstart',
      'npm run quickstart -- --output my-model --json result.json',
      'npm run quickstart -- --model path/to/model --steps 400 --learning-rate 2e-5',
    ],
    exitCodes: { fine: 'trained, whatever the quality' },
  })
    .option('--output <folder>', 'the folder to write', 'quickstart-model')
    .option('--json <file>', 'also write seconds, output and nDCG@10 as JSON')
    .option('--force', 'replace the output if it is a model')
    .option('--model <folder-or-id>', 'train this model instead of the small backbone in fixtures/quickstart')
    .addOption(
      flag(
        '--steps <n>',
        `steps (default: ${RECIPES.backbone.steps}, ${RECIPES.model.steps} with --model)`,
        countFrom(1),
      ),
    )
    .addOption(
      flag(
        '--batch <n>',
        `pairs in a step (default: ${RECIPES.backbone.batch}, ${RECIPES.model.batch} with --model)`,
        countFrom(2),
      ),
    )
    .addOption(
      flag(
        '--learning-rate <n>',
        `largest learning rate (default: ${RECIPES.backbone.learningRate}, ${RECIPES.model.learningRate} with --model)`,
        numberAbove(0),
      ),
    )
    .action(main),
);
