import { Option } from 'commander';
import { type EngineName, ENGINES } from '../../src/engine-names.js';
import { countFrom } from '../../src/options.js';
import { flag } from '../../src/shell/flag.js';
import type { Shard } from '../report/parity-report.js';
import { addReportOptions, type ReportOptions } from '../report/report-options.js';
import { readShard } from '../shard.js';
import type { Subcommand } from './subcommand.js';

export interface RunOptions extends ReportOptions {
  readonly config?: string;
  readonly targets: string[];
  readonly cases?: number;
  readonly seed?: number;
  readonly shard?: Shard;
  readonly path?: string;
  readonly python?: string;
  readonly backend: EngineName;
  readonly save: string;
}

export const run: Subcommand = {
  help: {
    description: 'Compare functions of your own with their Python references, as a configuration says.',
    examples: [
      'sparse-encoder-parity run',
      'sparse-encoder-parity run --targets huber --cases 200',
      'sparse-encoder-parity run --json report.json --html parity.html',
    ],
    exitCodes: {
      fine: 'all equal',
      finding: 'a mismatch, a wrong variant that is not caught, or nothing compared',
      environment: 'the environment (Python, an engine, the program of a port)',
    },
  },
  compares: true,
  define: (command) =>
    addReportOptions(
      command
        .option('--config <file>', 'the configuration (default: parity.config.ts, .mts, .mjs or .js)')
        .option(
          '--targets <names>',
          'only these targets, comma-separated',
          (names: string) => names.split(','),
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
        .option('--shard <i/n>', 'compare part i of n; merge joins their JSON reports', readShard)
        .option('--path <path>', 'only the case of this path, as a report prints it; needs the same --seed')
        .option('--python <path>', 'a Python that has the reference (default: a managed environment)')
        .addOption(
          new Option('--backend <name>', 'engine that runs your functions').choices(ENGINES).default('cpu'),
        )
        .option('--save <folder>', 'folder for the smallest failing cases', 'parity-failures'),
      ['svg'],
    ).action(async (options: RunOptions) => {
      const { runCommandOf } = await import('../functions/run-command.js');
      await runCommandOf(options);
    }),
};
