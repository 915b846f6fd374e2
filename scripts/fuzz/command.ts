import { Command, Option } from 'commander';
import { wholeNumber } from '../../src/cli/numbers.js';
import { FUZZ_TARGETS } from './targets.js';

export interface FuzzCommandOptions {
  readonly runs: number;
  readonly seed: number;
  readonly target: string[];
  readonly replay?: string;
  readonly json: boolean;
}

export const DEFAULT_RUNS = 100_000;
const DEFAULT_SEED = 20261124;
const BELOW = 2 ** 31;

export function fuzzCommand(action: (options: FuzzCommandOptions) => Promise<void>): Command {
  const names = FUZZ_TARGETS.map(({ name }) => name);
  return new Command('fuzz')
    .description(
      'Reads damaged model files: each has to give a value or a ModelFileError, soon and in little memory.',
    )
    .option('--runs <n>', 'inputs for each target', wholeNumber(1, BELOW), DEFAULT_RUNS)
    .option('--seed <n>', 'what the inputs are made from', wholeNumber(0, BELOW), DEFAULT_SEED)
    .addOption(new Option('--target <names...>', 'only these readers').choices(names).default(names, 'all'))
    .option('--replay <file>', 'read only this input, as a finding was saved; needs one --target')
    .option('--json', 'print the result as JSON', false)
    .addHelpText('after', HELP)
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .action(action);
}

const HELP = `
Examples:
  $ npm run fuzz -- --runs 1000000
  $ npm run fuzz -- --target safetensors --seed 7 --json
  $ npm run fuzz -- --target safetensors --replay fuzz-findings/safetensors-7-1234.bin

Exit codes: 0 nothing found, 1 a finding (its input is saved in fuzz-findings/), 2 wrong use, 130 interrupted.`;
