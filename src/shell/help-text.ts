import { Help, type HelpConfiguration, type Option } from 'commander';

/** Columns of the narrowest terminal that the texts support. */
export const COLUMNS = 80;

/**
 * The help of every command. Descriptions wrap beside long options as well, where commander would keep 40 columns free.
 * Defaults such as false and an empty list are not shown unless requested.
 */
export const HELP: HelpConfiguration = { minWidthToWrap: 20, optionDescription: describeOption };

function describeOption(option: Option): string {
  const isUntold =
    option.defaultValue === false || (Array.isArray(option.defaultValue) && option.defaultValue.length === 0);
  return isUntold ? option.description : Help.prototype.optionDescription(option);
}

/** Wraps words to lines of at most `columns` columns and indents all lines but the first. A word is never split. */
export function wrapped(text: string, indent = '', columns = COLUMNS): string {
  return joined(text.split(' '), { indent, end: '', columns });
}

/** Examples of commands. A long one continues after a backslash, before an option. */
export function examplesOf(examples: readonly string[]): string {
  const lines = examples.map((example) =>
    joined(`  $ ${example}`.split(/ (?=--\w|[>"'])/), { indent: '      ', end: ' \\', columns: COLUMNS }),
  );
  return `\nExamples:\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** A command line that a shell takes as it stands; a long one continues after a backslash. */
export function commandLine(words: readonly string[]): string {
  const parts: string[] = [];
  for (const word of words.map(shellWord)) {
    if (parts.length === 0 || word.startsWith('-')) parts.push(word);
    else parts.push(`${parts.pop()} ${word}`);
  }
  const line = joined(parts, { indent: '    ', end: ' \\', columns: COLUMNS - 2 });
  return `  ${line}`;
}

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

interface Joint {
  readonly indent: string;
  /** The ending of a line that continues. */
  readonly end: string;
  readonly columns: number;
}

function joined(parts: readonly string[], { indent, end, columns }: Joint): string {
  const lines: string[] = [];
  let line: string | undefined;
  for (const part of parts) {
    const longer: string = line === undefined ? part : `${line} ${part}`;
    if (line !== undefined && longer.length + end.length > columns) {
      lines.push(line);
      line = indent + part;
    } else {
      line = longer;
    }
  }
  return [...lines, line ?? ''].join(`${end}\n`);
}

/** Names and their meanings, in two columns. */
export function meanings(title: string, rows: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length)) + 2;
  const lines = Object.entries(rows).map(([name, meaning]) =>
    wrapped(`  ${name.padEnd(width)}${meaning}`, ' '.repeat(width + 2)),
  );
  return `\n${title}:\n${lines.join('\n')}\n`;
}
