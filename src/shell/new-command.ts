import { Command } from 'commander';
import { type ExitMeanings, exitCodesText } from './exit-codes.js';
import { examplesOf, HELP } from './help-text.js';
import { asTold } from './tell.js';

export interface CommandHelp {
  readonly description: string;
  readonly examples: readonly string[];
  /** Paragraphs before the examples. */
  readonly notes?: string;
  readonly exitCodes?: ExitMeanings;
}

/** A command with the help and behaviour that all commands share. */
export function newCommand(name: string, help: CommandHelp): Command {
  const command = new Command(name)
    .configureHelp(HELP)
    .configureOutput({ outputError: (text, write) => write(asTold(text.replace(/^error: /, ''))) })
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .exitOverride();
  return describe(command, help);
}

/** A subcommand with the same help and behaviour. */
export function subcommand(parent: Command, name: string, help: CommandHelp): Command {
  return describe(parent.command(name), help);
}

function describe(command: Command, { description, examples, notes, exitCodes }: CommandHelp): Command {
  const parts = [
    notes === undefined ? '' : `\n${notes.trim()}\n`,
    examplesOf(examples),
    `\n${exitCodesText(exitCodes)}`,
  ];
  return command.description(description).addHelpText('after', parts.join(''));
}
