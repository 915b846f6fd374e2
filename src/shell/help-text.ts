import { Help, type HelpConfiguration, type Option } from 'commander';

/** Columns of the narrowest terminal that texts are written for. */
export const COLUMNS = 80;

/**
 * Help of every command: descriptions are wrapped beside long options, too, where commander would keep 40 columns free. It
 * does not tell that a flag is not set, or that a list is empty, unless told otherwise.
 */
export const HELP: HelpConfiguration = { minWidthToWrap: 20, optionDescription: describeOption };

function describeOption(option: Option): string {
  const isUntold =
    option.defaultValue === false || (Array.isArray(option.defaultValue) && option.defaultValue.length === 0);
  return isUntold ? option.description : Help.prototype.optionDescription(option);
}

/** Words on lines of so many columns at most, those after the first indented; a word is never cut. */
export function wrapped(text: string, indent = '', columns = COLUMNS): string {
  return joined(text.split(' '), { indent, end: '', columns });
}

/** Examples of commands; a long one goes on after a backslash, ahead of an option. */
export function examplesOf(examples: readonly string[]): string {
  const lines = examples.map((example) =>
    joined(`  $ ${example}`.split(/ (?=--\w|[>"'])/), { indent: '      ', end: ' \\', columns: COLUMNS }),
  );
  return `\nExamples:\n${lines.map((line) => `${line}\n`).join('')}`;
}

interface Joint {
  readonly indent: string;
  /** What a line ends with that goes on. */
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

/** Names and what they mean, in two columns. */
export function meanings(title: string, rows: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length)) + 2;
  const lines = Object.entries(rows).map(([name, meaning]) =>
    wrapped(`  ${name.padEnd(width)}${meaning}`, ' '.repeat(width + 2)),
  );
  return `\n${title}:\n${lines.join('\n')}\n`;
}
