/** Trains the quickstart's backbone with each regularizer: npm run regularizers -- --help */
import { checkOutput } from '../src/cli/check-output.js';
import { UsageError } from '../src/errors.js';
import { writeTextWhole } from '../src/files/write-file.js';
import { setEngine, SparseEncoder } from '../src/index.js';
import { countFrom } from '../src/options.js';
import { openProgress } from '../src/progress.js';
import { flag } from '../src/shell/flag.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { plainTable } from '../src/shell/table.js';
import { buildModelData } from './models/data.js';
import { BACKBONE, type Quality, qualityOf, RECIPES, taskOf, trainOn } from './quickstart/quickstart.js';
import { ROWS } from './regularizers/rows.js';

interface Options {
  readonly only?: string;
  readonly steps: number;
  readonly json?: string;
  readonly force?: boolean;
}

interface Trained extends Quality {
  readonly name: string;
}

const STEPS = 300;

async function main({ only, steps, json, force }: Options): Promise<void> {
  const rows = ROWS.filter(({ name }) => only === undefined || name.includes(only));
  if (rows.length === 0) {
    throw new UsageError(
      `no row has "${only}" in its name; there are ${ROWS.map(({ name }) => `"${name}"`).join(', ')}`,
    );
  }
  if (json !== undefined) await checkOutput(json, { inputs: [], force });
  await setEngine('onnx');
  const data = buildModelData();
  const task = taskOf(data);
  const documents = data.pairs.map(({ positive }) => positive);
  const bar = openProgress(rows.length);
  const trained: Trained[] = [];
  try {
    for (const { name, setup } of rows) {
      bar.note(name);
      const backbone = await SparseEncoder.load(BACKBONE);
      const { loss, callbacks = [], model = backbone, routerMapping } = await setup(backbone, documents);
      await trainOn(model, data.pairs, { ...RECIPES.backbone, steps }, callbacks, () => loss, routerMapping);
      trained.push({ name, ...(await qualityOf(model, task)) });
      await model.dispose();
      bar.advance(name);
    }
  } finally {
    bar.stop();
  }
  process.stdout.write(`${tableOf(trained)}\n`);
  if (json !== undefined) {
    await writeTextWhole(json, `${JSON.stringify({ steps, rows: trained }, null, 2)}\n`);
  }
}

const tableOf = (trained: readonly Trained[]): string =>
  plainTable([
    ['regularizer', 'nDCG@10', 'query dims', 'doc dims', 'FLOPs'],
    ...trained.map(({ name, ndcg10, queryTerms, documentTerms, flops }) => [
      name,
      ndcg10.toFixed(3),
      queryTerms.toFixed(0),
      documentTerms.toFixed(0),
      flops.toFixed(2),
    ]),
  ]);

await runCommand(() =>
  newCommand('regularizers', {
    description:
      "Trains the quickstart's backbone on WordNet with each regularizer for the same steps, and prints nDCG@10, active dimensions and expected FLOPs.",
    examples: ['npm run regularizers', 'npm run regularizers -- --only L1 --steps 700 --json FILE'],
  })
    .option('--only <text>', 'only rows whose names contain this text')
    .addOption(flag('--steps <n>', 'steps of each training', countFrom(1, STEPS)))
    .option('--json <file>', 'also write the figures as JSON')
    .option('--force', 'replace that file if it exists')
    .action(main),
);
