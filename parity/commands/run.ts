import { InvalidArgumentError, Option } from 'commander';
import { type EngineName, ENGINES } from '../../src/engine-names.js';
import { countFrom } from '../../src/options.js';
import { flag } from '../../src/shell/flag.js';
import type { Subcommand } from './subcommand.js';

export interface RunOptions {
  readonly config?: string;
  readonly targets: string[];
  readonly cases?: number;
  readonly seed?: number;
  readonly path?: string;
  readonly python?: string;
  readonly backend: EngineName;
  readonly save: string;
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
  readonly verbose: boolean;
}

function engine(value: string): EngineName {
  const found = ENGINES.find((known) => known === value);
  if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${ENGINES.join(', ')}.`);
  return found;
}

export const run: Subcommand = {
  help: {
    description: 'Compare functions of your own with their Python references, as a configuration says.',
    examples: [
      'sparse-encoder-parity run',
      'sparse-encoder-parity run --config parity.config.ts --targets huber --cases 200',
      'sparse-encoder-parity run --json report.json --junit parity.xml --html parity.html',
    ],
    exitCodes: {
      fine: 'all equal',
      finding: 'a mismatch, a wrong variant that is not caught, or nothing compared',
      environment: 'the environment (Python, an engine, the program of a port)',
    },
  },
  define: (command) =>
    command
      .option('--config <file>', 'the configuration (default: parity.config.ts, .mts, .mjs or .js)')
      .option(
        '--targets <names>',
        'only these targets, comma-separated',
        (text: string) => text.split(','),
        [],
      )
      .addOption(
        flag(
          '--cases <n>',
          'cases for each target (default: as the configuration says, or 60)',
          countFrom(1),
        ),
      )
      .addOption(
        flag('--seed <n>', 'seed of all generated data (default: as the configuration says)', countFrom(0)),
      )
      .option('--path <path>', 'only the case of this path, as a report prints it; needs the same --seed')
      .option('--python <path>', 'a Python that has the reference (default: a managed environment)')
      .addOption(
        new Option('--backend <name>', `engine that runs your functions: ${ENGINES.join(', ')}`)
          .argParser(engine)
          .default('cpu'),
      )
      .option('--save <folder>', 'folder for the smallest failing cases', 'parity-failures')
      .option('--json <file>', 'write the report as JSON')
      .option('--junit <file>', 'write the report as JUnit XML')
      .option('--html <file>', 'write the report as one HTML file')
      .option('--verbose', 'print every line of the table, also those that are equal', false)
      .action(async (options: RunOptions) => {
        const { runCommandOf } = await import('../functions/run-command.js');
        await runCommandOf(options);
      }),
};
