import type { Command } from 'commander';
import type { CommandHelp } from '../../src/shell/new-command.js';

/** A subcommand of `sparse-encoder-parity`. */
export interface Subcommand {
  readonly help: CommandHelp;
  /** Adds arguments, options and an action, which imports what it needs, since `--help` has to answer at once. */
  readonly define: (command: Command) => unknown;
}
