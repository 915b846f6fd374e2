import { type Command, Option } from 'commander';
import { wholeNumber } from './numbers.js';

const ENGINES = ['onnx', 'cpu', 'tensorflow'];
export const MODEL = 'MODEL is a folder, or a model id of the hub (organization/name).';
export const EXIT_CODES =
  'Exit codes: 0 fine, 1 a finding, 2 wrong use or bad input, 3 the environment (engine, network, disk), 130 interrupted.';

/** A command with a model, and the options that all of these have. */
export function command(
  root: Command,
  name: string,
  description: string,
  examples: readonly string[],
): Command {
  return plainCommand(root, name, description, examples, MODEL)
    .argument('<model>')
    .addOption(new Option('--engine <name>', 'what computes').choices(ENGINES).default('onnx'))
    .option('--threads <n>', 'of the onnx engine; else as many as there are cores', wholeNumber(1));
}

export function plainCommand(
  root: Command,
  name: string,
  description: string,
  examples: readonly string[],
  note = '',
): Command {
  return root
    .command(name)
    .description(description)
    .option('--json', 'machine-readable output')
    .allowExcessArguments(false)
    .addHelpText('after', `${note === '' ? '' : `\n${note}\n`}${examplesOf(examples)}\n${EXIT_CODES}`);
}

export function examplesOf(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  $ ${example}\n`).join('')}`;
}
