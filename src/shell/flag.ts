import { type Command, InvalidArgumentError, Option } from 'commander';
import type { OptionRule } from '../options.js';

/** An option of a command line with the default, choices and check of a rule. */
export function flag(flags: string, description: string, rule: OptionRule<unknown>): Option {
  const option = new Option(flags, description);
  if (rule.choices !== undefined) option.choices([...rule.choices]);
  else if (rule.written === 'number') option.argParser((text) => numberBy(rule, text));
  if (rule.default !== undefined && rule.default !== null) option.default(rule.default);
  return option;
}

const PLACEHOLDERS = { number: ' <n>', flag: '', name: ' <name>', text: ' <text>' } as const;

/**
 * Adds options of the library to a command: maxActiveDims becomes --max-active-dims.
 *
 * @param described the help text of each option that the command has
 */
export function addFlags<Name extends string>(
  command: Command,
  rules: Readonly<Record<Name, OptionRule<unknown>>>,
  described: Readonly<Partial<Record<Name, string>>>,
): Command {
  for (const [name, description] of Object.entries(described) as [Name, string][]) {
    const rule = rules[name];
    if (rule.written === undefined) throw new TypeError(`${name} has no form on a command line`);
    const long = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    command.addOption(flag(`${long}${PLACEHOLDERS[rule.written]}`, description, rule));
  }
  return command;
}

/** An empty text, which JavaScript converts to 0, comes from a shell variable that is not set. */
function numberBy({ accepts, expects }: OptionRule<unknown>, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (accepts(number)) return number;
  throw new InvalidArgumentError(`Expected ${expects.replace(/, or null$/, '')}.`);
}
