import { Command, Option } from 'commander';
import { examplesOf, HELP, wrapped } from '../src/cli/help-text.js';
import { wholeNumber } from '../src/cli/numbers.js';
import { type EngineName, ENGINES } from '../src/engine-names.js';

export interface ParityOptions {
  readonly losses: string[];
  readonly formats: string[];
  /** Names of models, true for all of them and nothing else; without it the losses are compared, too. */
  readonly model?: string[] | true;
  readonly cases: number;
  readonly seed: number;
  readonly path?: string;
  readonly replay?: string;
  /** Replays also what was saved for something else than is judged now. */
  readonly anyway: boolean;
  /** Folder for failing cases. */
  readonly save?: string;
  readonly backend: EngineName;
  readonly python?: string;
  readonly golden: boolean;
  readonly implementation?: string;
  readonly json?: string;
  readonly junit?: string;
  readonly list: boolean;
}

/** Enough for 4,000 cases over all cells. */
export const CASES_PER_CELL = 60;
export const DEFAULT_SEED = 20261124;

const names = (value: string): string[] => value.split(',').map((name) => name.trim());

export function parityCommand(action: (options: ParityOptions) => Promise<void>): Command {
  return new Command('sparse-encoder-parity')
    .configureHelp(HELP)
    .description(
      'Compares every sparse loss and whole models, value by value and gradient by gradient, with sentence-transformers.',
    )
    .option('--losses <names>', 'only these losses or wrappers, comma-separated', names, [])
    .option('--formats <names>', 'only these data formats, comma-separated', names, [])
    .option(
      '--model [names]',
      'only whole models, all or these, comma-separated; with --losses and --formats only these of them',
      names,
    )
    .option('--cases <n>', 'cases per line of the table', wholeNumber(1), CASES_PER_CELL)
    .option('--seed <n>', 'seed of all generated data', wholeNumber(0), DEFAULT_SEED)
    .option('--path <path>', 'only the case of this path, as a report prints it; needs the same --seed')
    .option(
      '--replay <path>',
      'only the case of this file, or those of this folder, as a failed run saves them',
    )
    .option('--anyway', 'with --replay: whatever the case was saved for', false)
    .option('--save <folder>', 'save the smallest failing cases in this folder')
    .addOption(
      new Option('--backend <name>', 'engine that computes our side').choices(ENGINES).default('cpu'),
    )
    .option('--python <path>', 'a Python that has the reference, instead of an environment of its own')
    .option('--golden', 'no Python: compare with the recorded cases', false)
    .option(
      '--implementation <module>',
      'a module whose default export replaces losses or functions: judges a port',
    )
    .option('--json <file>', 'write the report as JSON')
    .option('--junit <file>', 'write the report as JUnit XML')
    .option('--list', 'print the lines of the table and the kinds of data, compute nothing', false)
    .addHelpText('after', `${examplesOf(EXAMPLES)}\n${wrapped(EXIT_CODES)}`)
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .action(action);
}

const EXAMPLES = [
  'npm run parity',
  'npm run parity -- --losses SparseTripletLoss,CSRLoss --cases 200',
  'npm run parity -- --model',
  'npm run parity -- --model splade-bert,csr --losses SparseTripletLoss',
  'npm run parity -- --golden --json report.json',
  "npm run parity -- --path 'SparseTripletLoss/SpladeLoss/triplet#tiny:3'",
  'npm run parity -- --path model/splade-bert/features',
  'npx sparse-encoder-parity --implementation ./my-port.mjs --junit parity.xml --save failing-cases',
];
const EXIT_CODES =
  'Exit codes: 0 all equal; 1 a mismatch, or something that was to be judged and was not: no case, a loss of the implementation that is never called, a wrong variant that is not caught; 2 wrong use; 3 the environment (Python, an engine); 70 a defect of this program; 130 interrupted. --json and --junit are written in every case.';
