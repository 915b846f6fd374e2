/** Trains a model of each family with both trainers: npm run trained-families -- --help */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zeroDropout } from '../../parity/training/zero-dropout.js';
import { checkOutput } from '../../src/cli/check-output.js';
import { UsageError } from '../../src/errors.js';
import { writeTextWhole } from '../../src/files/write-file.js';
import { SparseEncoder, setEngine } from '../../src/index.js';
import { countFrom } from '../../src/options.js';
import { openProgress } from '../../src/progress.js';
import { environmentsFolder } from '../../src/python/managed-environment.js';
import { flag } from '../../src/shell/flag.js';
import { newCommand } from '../../src/shell/new-command.js';
import { runCommand } from '../../src/shell/run-command.js';
import { tell } from '../../src/shell/tell.js';
import { describeMachine } from '../bench/report.js';
import type { Worker } from '../bench/worker.js';
import { buildModelData, type ModelData } from '../models/data.js';
import { runWithProgress } from '../models/python-progress.js';
import { pythonOption, referencePython } from '../programs/options.js';
import { type Quality, qualityOf, taskOf } from '../quickstart/quickstart.js';
import { trainBoth } from './compare.js';
import { orderedPairs, writeLines } from './data.js';
import { FAMILIES, type Family, RECIPES } from './recipes.js';
import { type FamiliesReport, type FamilyResult, inWords } from './report.js';

/** Pairs per step. */
const BATCH = 32;
/** The maximum number of tokens in training. Most texts are shorter. */
const TRAINING_LENGTH = 32;
const SEED = 42;
/** Steps per turn. */
const TURN = 10;

interface Options {
  readonly only?: readonly string[];
  readonly steps?: number;
  readonly json?: string;
  readonly force?: boolean;
  readonly python?: string;
  readonly threads?: number;
}

const workers = new Set<Worker>();
process.on('exit', () => {
  for (const worker of workers) worker.stop();
});

async function main(options: Options): Promise<void> {
  const { json, force, threads = availableParallelism() } = options;
  const families = chosen(options.only);
  requireTrained(families);
  if (json !== undefined) await checkOutput(json, { inputs: [], force });
  const python = await referencePython(options);
  const data = buildModelData();
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-families-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    writeLines(join(folder, 'pairs.jsonl'), data.pairs);
    tell('making the untrained models');
    await makeStarts(python, folder, families);
    let report: FamiliesReport = {
      schemaVersion: 1,
      machine: describeMachine(threads),
      batch: BATCH,
      queries: data.queries.length,
      documents: data.corpus.length,
      families: [],
    };
    for (const family of families) {
      const steps = options.steps ?? RECIPES[family].steps;
      const result = await compareFamily({ family, steps, folder, data, python, threads });
      report = { ...report, families: [...report.families, result] };
      // The report is written after each family, so a stopped run keeps what it has.
      if (json !== undefined) await writeTextWhole(json, `${JSON.stringify(report, null, 2)}\n`);
    }
    process.stdout.write(inWords(report));
  } finally {
    process.removeListener('exit', remove);
    remove();
  }
}

function chosen(only: readonly string[] | undefined): Family[] {
  const unknown = only?.find((name) => !FAMILIES.some((known) => known === name));
  if (unknown !== undefined) {
    throw new UsageError(`no family "${unknown}"; there are ${FAMILIES.join(', ')}`);
  }
  return FAMILIES.filter((family) => only === undefined || only.includes(family));
}

/** The trained model that inference-free starts from. */
const TRAINED = join(environmentsFolder(), 'models', 'splade');

function requireTrained(families: readonly Family[]): void {
  if (!families.includes('inference-free') || existsSync(TRAINED)) return;
  throw new UsageError(
    'inference-free starts from a trained SPLADE model; `npm run make-models -- --only splade` makes it',
  );
}

const startOf = (folder: string, family: Family): string => join(folder, 'start', family);

async function makeStarts(python: string, folder: string, families: readonly Family[]): Promise<void> {
  const out = join(folder, 'start');
  mkdirSync(out);
  const script = fileURLToPath(new URL('./start.py', import.meta.url));
  const args = [
    '--pairs',
    join(folder, 'pairs.jsonl'),
    '--out',
    out,
    '--trained',
    TRAINED,
    '--families',
    ...families,
  ];
  await runWithProgress(python, script, args, () => undefined);
  for (const family of families) zeroDropout(startOf(folder, family));
}

interface Job {
  readonly family: Family;
  readonly steps: number;
  readonly folder: string;
  readonly data: ModelData;
  readonly python: string;
  readonly threads: number;
}

async function compareFamily({ family, steps, folder, data, python, threads }: Job): Promise<FamilyResult> {
  const ordered = join(folder, `${family}.jsonl`);
  writeLines(ordered, await orderedPairs(data.pairs, { steps, batch: BATCH, seed: SEED }));
  const spec = {
    ...RECIPES[family],
    steps,
    start: startOf(folder, family),
    pairs: join(folder, 'pairs.jsonl'),
    ordered,
    turn: TURN,
    batch: BATCH,
    length: TRAINING_LENGTH,
    seed: SEED,
  };
  const bar = openProgress(2 * Math.ceil(steps / TURN));
  try {
    tell(`training ${family}, ${steps} steps with each trainer`);
    const outputs = { ours: join(folder, `${family}-ours`), reference: join(folder, `${family}-reference`) };
    const trained = await trainBoth(spec, outputs, {
      python,
      threads,
      onTurn: (who, loss) => {
        const line = `${family}, ${who}: loss ${loss.toFixed(4)}`;
        bar.advance(line);
        if (!process.stderr.isTTY) tell(line);
      },
      onWorker: (worker) => workers.add(worker),
    });
    tell(`measuring ${family}`);
    return {
      family,
      steps,
      ours: { ...trained.ours, ...(await quality(outputs.ours, data)) },
      reference: { ...trained.reference, ...(await quality(outputs.reference, data)) },
    };
  } finally {
    bar.stop();
  }
}

/** Measures every model with the same evaluator. */
async function quality(folder: string, data: ModelData): Promise<Quality> {
  await setEngine('onnx');
  const model = await SparseEncoder.load(folder);
  try {
    return await qualityOf(model, taskOf(data));
  } finally {
    await model.dispose();
  }
}

await runCommand(() =>
  newCommand('trained-families', {
    description:
      'Trains a SPLADE, a CSR and an inference-free model from the weights of all-MiniLM-L6-v2 on WordNet, each with our trainer and with sentence-transformers, and compares nDCG@10, active dimensions, time and loss.',
    notes: `Families: ${FAMILIES.join(', ')}. It takes about six minutes on two cores.`,
    examples: [
      'npm run trained-families',
      'npm run trained-families -- --only csr --json families.json',
      'npm run trained-families -- --only splade --steps 400',
    ],
    exitCodes: { fine: 'trained and measured', environment: 'the environment (Python)' },
  })
    .option('--only <name...>', 'only these families')
    .addOption(
      flag(
        '--steps <n>',
        `steps (default: ${FAMILIES.map((family) => `${RECIPES[family].steps} for ${family}`).join(', ')})`,
        countFrom(1),
      ),
    )
    .addOption(flag('--threads <n>', 'threads of each trainer (default: all cores)', countFrom(1)))
    .option('--json <file>', 'also write the report, with the losses of every turn, as JSON')
    .option('--force', 'replace the JSON file')
    .addOption(pythonOption())
    .action(main),
);
