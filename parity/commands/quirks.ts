import { subcommand } from '../../src/shell/new-command.js';
import type { Subcommand } from './subcommand.js';

export interface QuirksExportOptions {
  readonly output: string;
  readonly json?: boolean;
}

const EXAMPLES = ['sparse-encoder-parity quirks export --output docs/upstream'];

export const quirks: Subcommand = {
  help: {
    description: 'What is known to be odd in the reference.',
    examples: EXAMPLES,
  },
  define: (command) =>
    subcommand(command, 'export', {
      description:
        'Write a bug report, with a Python program that shows it, for every fault of the reference.',
      examples: EXAMPLES,
    })
      .requiredOption('--output <folder>', 'the folder to write into; reports of the same name are replaced')
      .option('--json', 'print JSON')
      .action(async (options: QuirksExportOptions) => {
        const { exportQuirks } = await import('../upstream/export-command.js');
        exportQuirks(options);
      }),
};
