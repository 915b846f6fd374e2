import type { HelpConfiguration } from 'commander';

/** Columns of the narrowest terminal that texts are written for. */
export const COLUMNS = 80;

/** Help of every command: descriptions are wrapped beside long options, too, where commander would keep 40 columns free. */
export const HELP: HelpConfiguration = { minWidthToWrap: 20 };

/** Words on lines of at most 80 columns, those after the first indented; a word is never cut. */
export function wrapped(text: string, indent = ''): string {
  return joined(text.split(' '), { indent, end: '' });
}

/** Examples of commands; a long one goes on after a backslash, ahead of an option. */
export function examplesOf(examples: readonly string[]): string {
  const lines = examples.map((example) =>
    joined(`  $ ${example}`.split(/ (?=--\w|[>"'])/), { indent: '      ', end: ' \\' }),
  );
  return `\nExamples:\n${lines.map((line) => `${line}\n`).join('')}`;
}

function joined(parts: readonly string[], { indent, end }: { indent: string; end: string }): string {
  const lines: string[] = [];
  let line: string | undefined;
  for (const part of parts) {
    const longer: string = line === undefined ? part : `${line} ${part}`;
    if (line !== undefined && longer.length + end.length > COLUMNS) {
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
