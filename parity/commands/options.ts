import { InvalidArgumentError, Option } from 'commander';
import { type EngineName, ENGINES } from '../../src/engine-names.js';
import type { ReportFiles } from '../report/report-files.js';

/** Where and how a command reports. */
export type ReportOptions = Omit<ReportFiles, 'svg'> & { readonly verbose: boolean };

function engine(value: string): EngineName {
  const found = ENGINES.find((known) => known === value);
  if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${ENGINES.join(', ')}.`);
  return found;
}

export const backendOption = (): Option =>
  new Option('--backend <name>', `engine that runs your functions: ${ENGINES.join(', ')}`)
    .argParser(engine)
    .default('cpu');
