import { styleText } from 'node:util';
import { counted, grouped } from '../../src/counted.js';
import { wantsColour } from '../../src/shell/colours.js';
import { EXIT } from '../../src/shell/exit-codes.js';
import { wrapped } from '../../src/shell/help-text.js';
import { alignedRows, oneLine } from '../../src/shell/table.js';
import type { ParityReport, ReportFailure } from './parity-report.js';
import { formatRatio } from './ratio.js';
import { byRatio, type Ratio, type ReportCell } from './statistics.js';
import { type TargetTotal, targetsOf } from './targets.js';
import { exitCodeOf, problemsOf, warningsOf } from './verdict.js';

type Style = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

const paint = (style: Style, text: string): string => (wantsColour() ? styleText(style, text) : text);

const VERDICTS: Readonly<Record<number, string>> = {
  [EXIT.finding]: paint('red', 'NOT EQUAL'),
  [EXIT.environment]: paint('red', 'NOT ALL CHECKED'),
};

/** Failures that are told in full, each the first of its target. The JSON report has all. */
const MOST_FAILURES = 5;
/** Lines of the inputs of a failure; a shrunk case has no more. */
const MOST_INPUT_LINES = 20;
/** Lines of a kind in the summary, which is to fit a screen. */
const MOST_LINES = 4;

/**
 * A summary of one screen, and below it what differs. `verbose` adds every target and every target's first failure.
 */
export function renderTerminal(report: ParityReport, { verbose }: { readonly verbose: boolean }): string {
  const targets = targetsOf(report.cells);
  const shown = verbose ? targets : targets.filter(({ mismatches, cases }) => mismatches > 0 || cases === 0);
  return [
    ...summary(report),
    ...table(shown),
    ...failures(report, verbose ? Infinity : MOST_FAILURES),
    ...(verbose || shown.length > 0 || targets.length === 0
      ? []
      : ['', paint('dim', '--verbose prints a line for each target')]),
  ].join('\n');
}

function summary(report: ParityReport): string[] {
  const { title, shard, seed, summary: counts, cells, tolerance, environment, unchecked } = report;
  const { cases, mismatches, seconds, casesPerSecond } = counts;
  const part = shard === undefined ? '' : `, shard ${shard.index} of ${shard.count}`;
  const speed = `${seconds.toFixed(0)} s (${casesPerSecond.toFixed(1)} cases a second)`;
  const found = `${counted(cases, 'case')}, ${counted(mismatches, 'mismatch', 'mismatches')}`;
  const rows = [
    worst('value', cells, ({ valueRatio }) => valueRatio),
    worst('gradient', cells, ({ gradientRatio }) => gradientRatio),
  ];
  const environmentText = environment.map(({ name, value }) => `${name} ${value}`).join(', ');
  return [
    paint('bold', `${title}${part}`),
    '',
    paint(mismatches > 0 ? 'red' : 'bold', found),
    `${speed}, seed ${seed}`,
    `worst error over the reference's own float32 error (up to ${tolerance} is equal):`,
    ...alignedRows(rows, ['right', 'left']).map((line) => `  ${line}`),
    ...mutants(report),
    ...quirks(report),
    ...few([
      ...problemsOf(report).map((problem) => paint('red', wrapped(`failed: ${problem}`, '  '))),
      ...unchecked.map(({ what, why, broken }) =>
        paint(broken ? 'red' : 'dim', wrapped(`not checked: ${what}: ${why}`, '  ')),
      ),
      ...warningsOf(report).map((warning) => paint('yellow', wrapped(`warning: ${warning}`, '  '))),
    ]),
    paint('dim', wrapped(environmentText, '  ')),
    VERDICTS[exitCodeOf(report)] ?? paint('green', 'all equal'),
  ];
}

function worst(name: string, cells: readonly ReportCell[], of: (cell: ReportCell) => Ratio): string[] {
  const [first] = cells.map((cell) => ({ cell, ratio: of(cell) })).toSorted(byRatio);
  if (first === undefined) return [name, '-', ''];
  const { target, stratum } = first.cell;
  return [name, formatRatio(first.ratio), oneLine(`${target}, ${stratum}`, 60)];
}

function mutants({ mutants: groups = [] }: ParityReport): string[] {
  return groups.map(({ group, total, killed, equivalent }) => {
    const same = equivalent === 0 ? '' : `, ${equivalent} cannot be told from the right one`;
    return wrapped(`wrong variants of the ${group}: ${killed} of ${total - equivalent} caught${same}`, '  ');
  });
}

function quirks({ quirks: checked }: ParityReport): string[] {
  if (checked === undefined || !checked.every(({ still }) => still)) return [];
  return [`quirks: the reference still shows all ${checked.length}`];
}

function few(lines: readonly string[]): string[] {
  const rest = lines.length - MOST_LINES;
  return rest > 0 ? [...lines.slice(0, MOST_LINES), `and ${rest} more in the reports`] : [...lines];
}

/** Rows under the names of their groups: what is before the first slash of a target. */
function table(targets: readonly TargetTotal[]): string[] {
  if (targets.length === 0) return [];
  const groupOf = ({ target }: TargetTotal): string => target.slice(0, Math.max(0, target.indexOf('/')));
  const groups = [...new Set(targets.map(groupOf))];
  const sorted = groups.flatMap((group) => targets.filter((target) => groupOf(target) === group));
  const head = ['', 'cases', 'value', 'gradient', 'time', ''];
  const rows = sorted.map(({ target, cases, valueRatio, gradientRatio, seconds, mismatches }) => [
    `  ${target.slice(target.indexOf('/') + 1)}`,
    grouped(cases),
    formatRatio(valueRatio),
    formatRatio(gradientRatio),
    `${seconds.toFixed(1)} s`,
    verdict(cases, mismatches),
  ]);
  const aligned = ['right', 'right', 'right', 'right', 'left'] as const;
  const [headLine = '', ...lines] = alignedRows([head, ...rows], aligned);
  return [
    '',
    paint('bold', headLine),
    ...sorted.flatMap((target, index) => {
      const group = groupOf(target);
      const own = [lines[index] ?? '', ...strataLine(target)];
      const previous = sorted[index - 1];
      const isNew = group !== '' && (previous === undefined || groupOf(previous) !== group);
      return isNew ? [paint('bold', group), ...own] : own;
    }),
  ];
}

function verdict(cases: number, mismatches: number): string {
  if (cases === 0) return paint('red', 'no case');
  return mismatches === 0 ? paint('green', 'equal') : paint('red', `${grouped(mismatches)} differ`);
}

function strataLine({ cells }: TargetTotal): string[] {
  const differing = cells
    .filter(({ mismatches }) => mismatches > 0)
    .map(({ stratum, mismatches, cases }) => `${stratum} ${mismatches} of ${cases}`);
  return differing.length === 0 ? [] : [wrapped(`    on ${differing.join(', ')}`, '       ')];
}

/** The first failure of each target, up to so many. */
function failures({ failures: all }: ParityReport, most: number): string[] {
  const targets = [...new Set(all.map(({ target }) => target))];
  const told = targets.slice(0, most).flatMap((target) => {
    const [first, ...others] = all.filter((failure) => failure.target === target);
    return first === undefined ? [] : failureLines(first, others.length);
  });
  const rest = targets.length - most;
  return rest > 0
    ? [...told, '', `and failures of ${counted(rest, 'more target')}; --verbose prints them`]
    : told;
}

function failureLines(failure: ReportFailure, others: number): string[] {
  const { kind, path, stratum, inputs, message, hints, ratio, again, replay, file } = failure;
  return [
    '',
    paint('red', `${kind} mismatch: ${path}`),
    `  data      ${stratum}`,
    ...inputLines(inputs),
    `  found     ${message}`,
    ...hints.map((hint) => `  hint      ${hint}`),
    `  ratio     ${formatRatio(ratio)}`,
    ...(again === null ? [] : [`  again     ${again}`]),
    ...(replay === null ? [] : [`  replay    ${replay}`]),
    ...(file === null && again !== null ? [paint('dim', '  add --save FOLDER to keep it as a file')] : []),
    ...(others > 0 ? [paint('dim', `  and ${others} more of this target`)] : []),
  ];
}

function inputLines(inputs: ReportFailure['inputs']): string[] {
  const lines = inputs.flatMap(({ name, value }) => {
    const [first = '', ...rows] = value.split('\n');
    return [`  ${name.padEnd(9)} ${first}`, ...rows.map((row) => `            ${row}`)];
  });
  const rest = lines.length - MOST_INPUT_LINES;
  return rest > 0
    ? [...lines.slice(0, MOST_INPUT_LINES), `            … ${counted(rest, 'more line')}`]
    : lines;
}
