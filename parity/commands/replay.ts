import { Option } from 'commander';
import { type EngineName, ENGINES } from '../../src/engine-names.js';
import { addReportOptions, type ReportOptions } from '../report/report-options.js';
import type { Subcommand } from './subcommand.js';

export interface ReplayCommandOptions extends ReportOptions {
  readonly config?: string;
  readonly python?: string;
  readonly backend: EngineName;
  readonly offline: boolean;
}

export const replay: Subcommand = {
  help: {
    description: 'Judge a case again that `run` has saved, without the generator.',
    examples: [
      'sparse-encoder-parity replay parity-failures/huber-ties.case.json',
      'sparse-encoder-parity replay parity-failures/huber-ties.case.json --offline',
    ],
    exitCodes: {
      fine: 'equal now',
      finding: 'it still differs',
      environment: 'the environment (Python, an engine, the program of a port)',
    },
  },
  compares: true,
  define: (command) =>
    addReportOptions(
      command
        .argument('<case>', 'the file of the case')
        .option('--config <file>', 'the configuration (default: the one that the case names)')
        .option('--python <path>', 'a Python that has the reference (default: a managed environment)')
        .option('--offline', 'use the recorded results of the reference instead of Python', false)
        .addOption(
          new Option('--backend <name>', 'engine that runs your functions').choices(ENGINES).default('cpu'),
        ),
      ['svg'],
    ).action(async (file: string, options: ReplayCommandOptions) => {
      const { replayCommand } = await import('../functions/replay-command.js');
      await replayCommand(file, options);
    }),
};
