import type { Subcommand } from './subcommand.js';

export const init: Subcommand = {
  help: {
    description: 'Write a configuration, one example and a workflow file for functions of your own.',
    examples: ['sparse-encoder-parity init', 'sparse-encoder-parity init packages/my-port'],
    exitCodes: { fine: 'the files are written', finding: 'never' },
  },
  define: (command) =>
    command.argument('[folder]', 'where to write', '.').action(async (folder: string) => {
      const { initProject } = await import('../init/init-command.js');
      process.stdout.write(`${initProject(folder)}\n`);
    }),
};
