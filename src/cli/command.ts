import type { Command, Option } from 'commander';
import { INPUT_FORMATS } from '../data/input-formats.js';
import { ENGINE_RULES } from '../engine-names.js';
import { countFrom, oneOf, type OptionRule } from '../options.js';
import { addFlags, flag } from '../shell/flag.js';
import { type CommandHelp, subcommand } from '../shell/new-command.js';

export const MODEL = 'a folder, or a model id of the hub (organization/name)';

/** A command that takes a model, with the options that all such commands have. */
export function command(root: Command, name: string, help: CommandHelp): Command {
  const made = plainCommand(root, name, help).argument('<model>', MODEL);
  return addFlags(made, ENGINE_RULES, {
    engine: 'what computes',
    threads: 'threads of the onnx engine (default: one for each core)',
  });
}

export function plainCommand(root: Command, name: string, help: CommandHelp): Command {
  return subcommand(root, name, help).option('--json', 'print JSON');
}

export function inputFormatOption(): Option {
  const rule: OptionRule<string> = oneOf(Object.keys(INPUT_FORMATS));
  return flag('--input-format <name>', 'format of the texts (default: by name and first line)', rule);
}

export function topOption(description: string): Option {
  return flag('--top <n>', description, countFrom(1, 10));
}

/** The names in an argument, with commas between. */
export const listed = (names: string): readonly string[] => names.split(',').map((name) => name.trim());
