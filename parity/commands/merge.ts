import type { ReportFiles } from '../report/report-files.js';
import { addReportOptions } from '../report/report-options.js';
import type { Subcommand } from './subcommand.js';

export const merge: Subcommand = {
  help: {
    description: 'Join the JSON reports of all shards of a run into one report, in every format.',
    examples: [
      'sparse-encoder-parity merge shard-1.json shard-2.json --html report.html',
      'sparse-encoder-parity merge shards/*.json --json report.json --junit parity.xml',
    ],
    exitCodes: {
      fine: 'all equal',
      finding: 'a shard has a mismatch or a failed check',
      environment: 'a shard could not run, or could not check something',
    },
  },
  define: (command) =>
    addReportOptions(command.argument('<reports...>', 'what --json wrote, one file for each shard')).action(
      async (reports: readonly string[], options: ReportFiles & { readonly verbose: boolean }) => {
        const { mergeCommand } = await import('../report/merge-command.js');
        process.exitCode = mergeCommand(reports, options);
      },
    ),
};
