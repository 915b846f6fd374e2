import type { Subcommand } from './subcommand.js';

export const badge: Subcommand = {
  help: {
    description: 'Draw a badge from a JSON report: green only if all that was compared is equal.',
    examples: ['sparse-encoder-parity badge report.json --output badge.svg'],
    exitCodes: { fine: 'the badge is written, whatever its colour' },
  },
  define: (command) =>
    command
      .argument('<report>', 'what --json wrote')
      .requiredOption('--output <file>', 'the SVG file to write or replace')
      .action(async (file: string, { output }: { readonly output: string }) => {
        const { badgeCommand } = await import('../report/badge-command.js');
        badgeCommand(file, output);
      }),
};
