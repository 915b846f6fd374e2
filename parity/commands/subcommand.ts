import type { Command } from 'commander';
import type { CommandHelp } from '../../src/shell/new-command.js';

/** A subcommand of `sparse-encoder-parity`. */
export interface Subcommand {
  readonly help: CommandHelp;
  /** Whether it compares: if it ends early, or cannot start, its report files say so. */
  readonly compares?: true;
  /** Adds arguments, options and an action, which imports what it needs, since `--help` has to answer at once. */
  readonly define: (command: Command) => unknown;
}
