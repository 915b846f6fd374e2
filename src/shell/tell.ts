import type { Command } from 'commander';
import { OptionError } from '../errors.js';
import { readable } from '../printable.js';
import { aboveProgress } from '../progress-line.js';
import { COLUMNS, wrapped } from './help-text.js';

/** Writes a message to standard error. */
export function tell(message: string): void {
  aboveProgress(() => process.stderr.write(asTold(message)));
}

/** A message for standard error: on a terminal, no word is split at the end of a line. */
export function asTold(message: string): string {
  const text = readable(message.trimEnd());
  return `${process.stderr.isTTY ? onLines(text) : text}\n`;
}

function onLines(message: string): string {
  // Some terminals report 0 columns.
  const columns = process.stderr.columns || COLUMNS;
  return message
    .split('\n')
    .map((line) => (line.length > columns ? wrapped(line, '  ', columns) : line))
    .join('\n');
}

/**
 * The message of an error or a warning with the names of command-line options: --max-active-dims where the library says
 * maxActiveDims.
 *
 * @param command the running command
 */
export function inFlags(told: Error | string, command: Command | undefined): string {
  const options = (command?.options ?? []).map(
    (option) => [option.attributeName(), option.long ?? ''] as const,
  );
  const flags = new Map(options);
  if (told instanceof OptionError && told.option !== undefined) {
    const { name, problem } = told.option;
    const flag = flags.get(name);
    if (flag !== undefined) return `${flag} ${problem}`;
  }
  const message = typeof told === 'string' ? told : told.message;
  // A name of one word may also be an ordinary word, unless the message calls it an option. A name in quotes is from a file.
  return message
    .replaceAll(/\bthe option "(\w+)"/g, (said, name: string) => flags.get(name) ?? said)
    .replaceAll(/(?<!")\b[a-z]+[A-Z][A-Za-z]*\b(?!")/g, (name) => flags.get(name) ?? name);
}
