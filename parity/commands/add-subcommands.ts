import type { Command } from 'commander';
import { UsageError } from '../../src/errors.js';
import { subcommand } from '../../src/shell/new-command.js';
import { SUBCOMMANDS } from './table.js';

/** Whether a command line is for a subcommand, which is then its first word. */
export const isForSubcommand = ([first = '']: readonly string[]): boolean =>
  Object.hasOwn(SUBCOMMANDS, first);

/** Whether a command line compares something: all of the package, or functions of a user. */
export const comparesSomething = ([first = '']: readonly string[]): boolean =>
  !isForSubcommand([first]) || SUBCOMMANDS[first]?.compares === true;

/** Adds every subcommand of the table. They share no options with the root. */
export function addSubcommands(root: Command): Command {
  for (const [name, { help, define }] of Object.entries(SUBCOMMANDS)) define(subcommand(root, name, help));
  return root
    .enablePositionalOptions()
    .helpCommand(false)
    .argument('[command]')
    .usage('[options] [command]')
    .hook('preSubcommand', rejectOptionsBefore);
}

/** @throws UsageError for a word that is the name of no subcommand */
export function requireNoStray(stray: string | undefined): void {
  if (stray === undefined) return;
  throw new UsageError(
    `unknown command '${stray}'; there are ${Object.keys(SUBCOMMANDS).join(', ')}, and without a command everything is compared`,
  );
}

function rejectOptionsBefore(root: Command, chosen: Command): void {
  const stray = root.options.find((option) => root.getOptionValueSource(option.attributeName()) === 'cli');
  if (stray === undefined) return;
  throw new UsageError(
    `${stray.long} stands before ${chosen.name()}; write ${chosen.name()} first, then its own options`,
  );
}
