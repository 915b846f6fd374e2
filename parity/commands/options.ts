import { type Command, InvalidArgumentError, Option } from 'commander';
import { type EngineName, ENGINES } from '../../src/engine-names.js';

/** Where and how a command reports. */
export interface ReportOptions {
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
  readonly verbose: boolean;
}

export const reportOptions = (command: Command): Command =>
  command
    .option('--json <file>', 'write the report as JSON')
    .option('--junit <file>', 'write the report as JUnit XML')
    .option('--html <file>', 'write the report as one HTML file')
    .option('--verbose', 'print every line of the table, also those that are equal', false);

function engine(value: string): EngineName {
  const found = ENGINES.find((known) => known === value);
  if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${ENGINES.join(', ')}.`);
  return found;
}

export const backendOption = (): Option =>
  new Option('--backend <name>', `engine that runs your functions: ${ENGINES.join(', ')}`)
    .argParser(engine)
    .default('cpu');
