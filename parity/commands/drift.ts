import { countFrom } from '../../src/options.js';
import { flag } from '../../src/shell/flag.js';
import type { Subcommand } from './subcommand.js';

export interface DriftOptions {
  readonly against: string;
  readonly losses: readonly string[];
  readonly cases: number;
  readonly seed: number;
  readonly python?: string;
  readonly output?: string;
  readonly json?: boolean;
}

const names = (value: string): string[] => value.split(',').map((name) => name.trim());

export const drift: Subcommand = {
  help: {
    description:
      'Compare another version of sentence-transformers with the pinned one: values, gradients, errors and quirks.',
    examples: [
      'sparse-encoder-parity drift --against 6.1.0',
      'sparse-encoder-parity drift --against 6.1.0 --losses SpladeLoss --cases 100',
      'sparse-encoder-parity drift --against 6.1.0 --output drift.md',
    ],
    notes:
      'The other version is installed once, beside the environment of the reference,\nwhose other packages both share. Numbers are compared bit by bit.',
    exitCodes: {
      fine: 'nothing changed',
      finding: 'something changed',
      environment: 'the environment (Python, network, disk)',
    },
  },
  define: (command) =>
    command
      .requiredOption('--against <version>', 'the other version of sentence-transformers')
      .option('--losses <names>', 'only these losses or wrappers, comma-separated', names, [])
      .addOption(flag('--cases <n>', 'cases for each loss, wrapper and format', countFrom(1, 12)))
      .addOption(flag('--seed <n>', 'seed of all generated data', countFrom(0, 20261124)))
      .option('--python <path>', 'a Python that has the reference (default: a managed environment)')
      .option('--output <file>', 'write the list as Markdown instead of printing it')
      .option('--json', 'print JSON')
      .action(async (options: DriftOptions) => {
        const { driftCommand } = await import('../drift/drift-command.js');
        await driftCommand(options);
      }),
};
