/** Writes the tables of README.md and ARCHITECTURE.md from the tables of the source: npm run readme */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../parity/package-root.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { ARCHITECTURE, withRooms } from './layers/architecture.js';
import { describeColumns } from '../src/losses/catalog.js';
import { DATA_FORMATS, type DataFormat, LABELS, PAYLOAD_FORMATS, WRAPPERS } from '../src/index.js';

export const README = join(packageRoot(), 'README.md');

function lossTable(): string {
  const formats: readonly DataFormat[] = DATA_FORMATS;
  const rows = formats.map((format) => {
    const losses = format.losses.map((loss) => `\`${loss}\`${format.recommended.includes(loss) ? ' ★' : ''}`);
    const conversion =
      format.conversion && `convert with \`${format.conversion.function}\` to ${format.conversion.to}`;
    const labels = LABELS[format.labels] + (format.distillation ? ' (distillation)' : '');
    return `| ${format.id} | ${describeColumns(format)} | ${labels} | ${conversion ?? losses.join(', ')} |`;
  });
  return [
    '| format | columns | labels | losses (★ recommended) |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function wrapperTable(): string {
  const rows = Object.entries(WRAPPERS).map(([name, what]) => `| \`${name}\` | ${what} |`);
  return ['| wrapper | for |', '| --- | --- |', ...rows].join('\n');
}

function payloadTable(): string {
  const rows = Object.entries(PAYLOAD_FORMATS).map(
    ([name, { title, negativeWeights, emptyVector }]) =>
      `| \`${name}\` | ${title.replaceAll('<', '&lt;')} | ${negativeWeights} | ${emptyVector} |`,
  );
  const head = '| format | for | weights below 0 | a text without active dimensions |';
  return [head, '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The README with its tables made anew. */
export function withTables(readme: string): string {
  const tables = { losses: lossTable(), wrappers: wrapperTable(), payloads: payloadTable() };
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`README.md has no place "${begin} ... ${end}"`);
    return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`;
  }, readme);
}

function rewrite(file: string, renew: (text: string) => string): void {
  writeFileSync(`${file}.part`, renew(readFileSync(file, 'utf8')));
  renameSync(`${file}.part`, file);
}

function main(): void {
  rewrite(README, withTables);
  rewrite(ARCHITECTURE, withRooms);
}

// The test of the README imports its tables.
if (process.argv[1]?.endsWith('readme.ts') === true) {
  await runCommand(() =>
    newCommand('readme', {
      description: 'Writes the tables of README.md and ARCHITECTURE.md from the tables of the source.',
      examples: ['npm run readme'],
      exitCodes: { fine: 'written' },
    }).action(main),
  );
}
