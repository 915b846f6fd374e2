import { counted } from '../../src/counted.js';
import { oneLine } from '../../src/shell/table.js';
import type { ChangedCase, Drift } from './compare-versions.js';

export const isUnchanged = ({ changedCases, changedQuirks }: Drift): boolean =>
  changedCases.length + changedQuirks.length === 0;

/** The list as Markdown: a line for each loss, wrapper, format and kind of change, with its first case. */
export function renderDrift(drift: Drift, command: string): string {
  const { from, to, cases, quirks, changedCases, changedQuirks } = drift;
  const paths = new Set(changedCases.map(({ path }) => path));
  return [
    `# What changed in sentence-transformers from ${from} to ${to}`,
    '',
    `Made by \`${command}\`. Values, components, gradients and errors of ${counted(cases, 'case')} were compared bit by bit in`,
    `float32 and float64, with the same other packages; ${counted(quirks, 'quirk')} were looked for in both versions.`,
    '',
    `${counted(paths.size, 'case')} and ${counted(changedQuirks.length, 'quirk')} changed.`,
    ...section('Cases', ['where', 'what', 'cases', `first: ${from}`, to], caseRows(changedCases)),
    ...section(
      'Quirks',
      ['quirk', from, to],
      changedQuirks.map(({ id, before, after }) => [id, before, after]),
    ),
    '',
  ].join('\n');
}

function caseRows(changed: readonly ChangedCase[]): string[][] {
  const groups = new Map<string, ChangedCase[]>();
  for (const one of changed) {
    const key = `${one.path.replace(/#.*/, '')} ${one.what}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const where = first.path.replace(/#.*/, '');
    const count = new Set(group.map(({ path }) => path)).size;
    return [
      [where, first.what, `${count}`, first.before, `${first.after} (${first.path.replace(/.*#/, '')})`],
    ];
  });
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => oneLine(cell, 200).replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return ['', `## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line)];
}
