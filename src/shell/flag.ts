import { type Command, InvalidArgumentError, Option } from 'commander';
import type { OptionRule } from '../options.js';

/** An option of a command line with the default, choices and check of a rule. */
export function flag(flags: string, description: string, rule: OptionRule<unknown>): Option {
  const option = new Option(flags, description);
  if (rule.choices !== undefined) option.choices([...rule.choices]);
  else if (rule.written === 'number') option.argParser((text) => numberBy(rule, text));
  else if (rule.written === 'numbers') option.argParser((text) => numbersBy(rule, text));
  else if (rule.written === 'json') option.argParser((text) => jsonBy(rule, text));
  const { default: fallback, written } = rule;
  if (fallback !== undefined && fallback !== null) {
    option.default(fallback, written === 'numbers' ? (fallback as readonly number[]).join() : undefined);
  }
  return option;
}

const PLACEHOLDERS = {
  number: ' <n>',
  numbers: ' <n,...>',
  flag: '',
  name: ' <name>',
  text: ' <text>',
  json: ' <json>',
} as const;

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
    command.addOption(flag(`${longFlag(name)}${PLACEHOLDERS[rule.written]}`, description, rule));
  }
  return command;
}

/** The flag of an option: maxActiveDims becomes --max-active-dims. */
export const longFlag = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** An empty text, which JavaScript converts to 0, comes from a shell variable that is not set. */
function numberBy({ accepts, expects }: OptionRule<unknown>, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (accepts(number)) return number;
  throw new InvalidArgumentError(`Expected ${expects.replace(/, or null$/, '')}.`);
}

/** Numbers with commas between them; an empty text is an empty list. */
function numbersBy({ accepts, expects }: OptionRule<unknown>, text: string): readonly number[] {
  const parts = text.trim() === '' ? [] : text.split(',');
  const numbers = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (accepts(numbers)) return numbers;
  throw new InvalidArgumentError(`Expected ${expects}, with commas between them.`);
}

/** A text that is not JSON is taken as it is. */
function jsonBy({ accepts, expects }: OptionRule<unknown>, text: string): unknown {
  const value = parsed(text);
  if (accepts(value)) return value;
  throw new InvalidArgumentError(`Expected ${expects.replace(/, or null$/, '')}, as JSON.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
