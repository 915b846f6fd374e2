import { type Command, Option } from 'commander';
import { newCommand } from '../../src/shell/new-command.js';
import { countOption, seedOption } from '../programs/options.js';
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

export function fuzzCommand(action: (options: FuzzCommandOptions) => Promise<void>): Command {
  const names = FUZZ_TARGETS.map(({ name }) => name);
  return newCommand('fuzz', {
    description:
      'Reads damaged model files: each has to give a value or a ModelFileError, soon and in little memory.',
    examples: [
      'npm run fuzz -- --runs 1000000',
      'npm run fuzz -- --target safetensors --seed 7 --json',
      'npm run fuzz -- --target safetensors --replay fuzz-findings/safetensors-7-1234.bin',
    ],
    exitCodes: { fine: 'nothing found', finding: 'a finding (its input is saved in fuzz-findings/)' },
  })
    .addOption(countOption('--runs <n>', 'inputs for each target', DEFAULT_RUNS))
    .addOption(seedOption('the inputs', DEFAULT_SEED))
    .addOption(new Option('--target <names...>', 'only these readers').choices(names).default(names, 'all'))
    .option('--replay <file>', 'read only this input, as a finding was saved; needs one --target')
    .option('--json', 'print the result as JSON', false)
    .action(action);
}
