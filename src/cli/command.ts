import { type Command, Option } from 'commander';
import { MOST_THREADS } from '../engine/runtime/most-threads.js';
import { examplesOf, wrapped } from './help-text.js';
import { INPUT_FORMATS } from '../data/input-formats.js';
import { wholeNumber } from './numbers.js';

const ENGINES = ['onnx', 'cpu', 'tensorflow'];
export const MODEL = 'MODEL is a folder, or a model id of the hub (organization/name).';
export const EXIT_CODES = wrapped(
  'Exit codes: 0 fine, 1 a finding, 2 wrong use or bad input, 3 the environment (engine, network, disk), 130 interrupted.',
);

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
    .addOption(threadsOption('of the onnx engine; else as many as there are cores'));
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

export function threadsOption(description: string): Option {
  return new Option('--threads <n>', description).argParser(wholeNumber(1, MOST_THREADS + 1));
}

export function inputFormatOption(): Option {
  return new Option(
    '--input-format <name>',
    'of files of texts; by name and first line unless given',
  ).choices(Object.keys(INPUT_FORMATS));
}
