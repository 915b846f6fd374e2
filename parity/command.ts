import { type Command, InvalidArgumentError, Option } from 'commander';
import { type EngineName, ENGINES } from '../src/engine-names.js';
import { countFrom } from '../src/options.js';
import { flag } from '../src/shell/flag.js';
import { wrapped } from '../src/shell/help-text.js';
import { newCommand } from '../src/shell/new-command.js';
import { packageVersion } from '../src/version.js';
import { addSubcommands, requireNoStray } from './commands/add-subcommands.js';
import type { Shard } from './report/parity-report.js';
import { addReportOptions } from './report/report-options.js';
import { readShard } from './shard.js';
import { STEPS } from './training/recipe.js';

export interface ParityOptions {
  readonly losses: string[];
  readonly formats: string[];
  /** Names of models, or true for all models and nothing else. Without it the losses are compared, too. */
  readonly model?: string[] | true;
  /** Names of training runs, true for all of them and nothing else. */
  readonly training?: string[] | true;
  /** Steps of each training run. */
  readonly steps?: number;
  readonly cases: number;
  readonly seed: number;
  readonly path?: string;
  readonly replay?: string;
  /** Also replays cases that were saved for something else than is judged now. */
  readonly anyway: boolean;
  /** Folder for failing cases. */
  readonly save?: string;
  /** Engines that compute our side, one after the other: the reference is asked once for all of them. */
  readonly backend: readonly EngineName[];
  /** Processes that share the cells of losses and the models; each has a Python of its own. */
  readonly workers: number;
  readonly python?: string;
  readonly golden: boolean;
  readonly implementation?: string;
  /** A drawing of the training runs. */
  readonly svg?: string;
  /** The part of the run to compare. */
  readonly shard?: Shard;
  /** Prints a line for each target, not only where something differs. */
  readonly verbose: boolean;
  readonly list: boolean;
}

/** Enough for 4,000 cases over all cells. */
export const CASES_PER_CELL = 60;
export const DEFAULT_SEED = 20261124;

/** The environment variable by which the program knows that it is a worker of another run. */
export const WORKER = 'SPARSE_ENCODER_PARITY_WORKER';

const names = (value: string): string[] => value.split(',').map((name) => name.trim());

function engines(value: string): EngineName[] {
  const given = names(value);
  const chosen = given.flatMap((name) => ENGINES.filter((known) => known === name));
  if (new Set(chosen).size === given.length) return chosen;
  throw new InvalidArgumentError(`Allowed choices are ${ENGINES.join(', ')}, each once.`);
}

export function parityCommand(action: (options: ParityOptions) => Promise<void>): Command {
  const root = newCommand('sparse-encoder-parity', {
    description:
      'Compares every sparse loss and whole models, value by value and gradient by gradient, with sentence-transformers.',
    notes: wrapped(
      'A run fails (1) for a mismatch, and for what was to be judged and was not: no case, a loss of the implementation that is never called, a wrong variant that is not caught. The reference is asked once for all engines; wrong variants meet the first. --json and --junit are written in every case. In GitHub Actions a run also annotates the job and adds to its summary.',
    ),
    examples: EXAMPLES,
    exitCodes: {
      fine: 'all equal',
      finding: 'a mismatch, or nothing judged',
      environment: 'the environment (Python, an engine)',
    },
  })
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--losses <names>', 'only these losses or wrappers, comma-separated', names, [])
    .option('--formats <names>', 'only these data formats, comma-separated', names, [])
    .option(
      '--model [names]',
      'only whole models, all or these, comma-separated; with --losses and --formats only these of them',
      names,
    )
    .option('--training [names]', 'only training, by all runs or these, comma-separated', names)
    .addOption(
      flag(
        '--steps <n>',
        `with --training: steps of each run, without wrong variants (default: ${STEPS}, with them)`,
        countFrom(1),
      ),
    )
    .addOption(flag('--cases <n>', 'cases for each line of the table', countFrom(1, CASES_PER_CELL)))
    .addOption(flag('--seed <n>', 'seed of all generated data', countFrom(0, DEFAULT_SEED)))
    .option('--path <path>', 'only the case of this path, as a report prints it; needs the same --seed')
    .option(
      '--replay <path>',
      'only the case of this file, or the cases of this folder, as saved by a failed run',
    )
    .option('--anyway', 'with --replay: whatever the case was saved for', false)
    .option('--save <folder>', 'save the smallest failing cases in this folder')
    .addOption(
      new Option('--backend <names>', `engines that compute our side, comma-separated: ${ENGINES.join(', ')}`)
        .argParser(engines)
        .default(['cpu'], 'cpu'),
    )
    .addOption(
      flag(
        '--workers <n>',
        'processes that share the run, each with a Python of its own; the cases and the report stay the same',
        countFrom(1, 1),
      ),
    )
    .option('--python <path>', 'a Python that has the reference (default: a managed environment)')
    .option('--golden', 'compare with the recorded cases, without Python', false)
    .option('--implementation <module>', 'judge a module whose default export replaces losses or functions')
    .option('--shard <i/n>', 'compare part i of n; merge joins their JSON reports', readShard)
    .option('--list', 'print the lines of the table and the kinds of data, compute nothing', false)
    .action(async (stray: string | undefined, options: ParityOptions) => {
      requireNoStray(stray);
      await action(options);
    });
  return addReportOptions(addSubcommands(root));
}

const EXAMPLES = [
  'npm run parity',
  'npm run parity -- --losses SparseTripletLoss,CSRLoss --cases 200',
  'npm run parity -- --model',
  'npm run parity -- --training',
  'npm run parity -- --training --steps 200 --svg training.svg',
  'npm run parity -- --backend cpu,onnx',
  'npm run parity -- --shard 1/4 --json shard-1.json',
  'npm run parity -- --workers 4',
  'npm run parity -- --model splade-bert,csr --losses SparseTripletLoss',
  'npm run parity -- --golden --json report.json',
  "npm run parity -- --path 'SparseTripletLoss/SpladeLoss/triplet#tiny:3'",
  'npm run parity -- --path model/splade-bert/features',
  'npx sparse-encoder-parity --implementation ./my-port.mjs --junit parity.xml --save failing-cases',
];
