import { styleText } from 'node:util';
import { counted } from '../../src/counted.js';
import { wrapped } from '../../src/shell/help-text.js';
import { alignedRows } from '../../src/shell/table.js';
import type { CellResult } from '../run-suite.js';
import { checksOf } from './checks.js';
import { describeModelCell } from './model-cell.js';
import { describeOptions } from './options.js';
import { formatRatio } from './ratio.js';
import { againLine, replayLine } from './repeat.js';
import type { SuiteReport } from './report.js';

type Style = 'red' | 'green' | 'bold' | 'dim';

const plain = !process.stdout.isTTY || (process.env['NO_COLOR'] ?? '') !== '';
const paint = (style: Style, text: string): string => (plain ? text : styleText(style, text));

/** The tables of a run, one row per cell, and its failures. */
export function renderTerminal(report: SuiteReport): string {
  const losses = report.results.map(({ cell: { loss, wrapper, format }, ...result }) => ({
    group: loss,
    cells: [format.id, wrapper === 'none' ? '-' : wrapper, ...numbers(result)],
  }));
  const models = report.models.map(({ cell, ...result }) => {
    const { model, family, backbone, check } = describeModelCell(cell);
    return { group: `${model} (${family}, ${backbone})`, cells: [check, '', ...numbers(result)] };
  });
  const training = report.training.map(({ name, steps, ndcg10, parameterRatio, ...result }) => ({
    group: name,
    cells: [
      `${steps}`,
      ndcg10 === undefined ? '' : `${ndcg10.ours.toFixed(4)} ${ndcg10.reference.toFixed(4)}`,
      ...numbers({ ...result, gradientRatio: parameterRatio }),
    ],
  }));
  return [
    ...table(['format', 'wrapper'], losses),
    ...table(['compared', ''], models),
    ...table(['steps', 'nDCG@10: ours, its'], training, ['losses', 'parameters']),
    wrapped(
      `${report.training.length > 0 ? 'losses, parameters' : 'value, gradient'}: our largest error over that of PyTorch in float32, both measured against float64; up to ${report.tolerance} is equal.`,
    ),
    ...renderFailures(report),
    ...renderOtherFailures(report),
    summary(report),
  ].join('\n');
}

type Numbers = Omit<CellResult, 'cell' | 'backend' | 'failures'> & { readonly failures: readonly unknown[] };

function numbers({ cases, failures, valueRatio, gradientRatio, seconds }: Numbers): string[] {
  const verdict =
    cases === 0
      ? paint('red', 'no case')
      : failures.length === 0
        ? paint('green', 'equal')
        : paint('red', `${failures.length} differ`);
  return [
    `${cases}`,
    formatRatio(valueRatio),
    formatRatio(gradientRatio),
    `${seconds.toFixed(1)} s`,
    verdict,
  ];
}

interface Row {
  /** The heading of its rows. */
  readonly group: string;
  readonly cells: readonly string[];
}

/** Rows under the names of their groups; empty if there are no rows. */
function table(
  what: readonly string[],
  rows: readonly Row[],
  ratios: readonly [string, string] = ['value', 'gradient'],
): string[] {
  if (rows.length === 0) return [];
  const groups = [...new Set(rows.map(({ group }) => group))];
  const sorted = groups.flatMap((group) => rows.filter((row) => row.group === group));
  const head = [...what, 'cases', ...ratios, 'time', 'verdict'];
  const aligned = ['left', 'right', 'right', 'right', 'right', 'left'] as const;
  const [headLine = '', ...lines] = alignedRows([head, ...sorted.map(({ cells }) => cells)], aligned);
  return [
    paint('bold', headLine),
    ...sorted.flatMap(({ group }, index) => {
      const line = lines[index] ?? '';
      return group === sorted[index - 1]?.group ? [line] : [paint('bold', group), line];
    }),
    '',
  ];
}

function renderOtherFailures(report: SuiteReport): string[] {
  return [...report.models, ...report.training].flatMap(({ failures }) =>
    failures.flatMap(({ path, mismatch }) => [
      '',
      paint('red', `${mismatch.kind} mismatch: ${path}`),
      `  found     ${mismatch.message}`,
      ...(mismatch.ratio === undefined ? [] : [`  ratio     ${formatRatio(mismatch.ratio)}`]),
      `  again     ${againLine(report, path)}`,
    ]),
  );
}

function renderFailures(report: SuiteReport): string[] {
  return report.results.flatMap(({ failures }) =>
    failures.slice(0, 1).flatMap((failure, index) => {
      const { case: one, legs } = failure.judged;
      const shape = one.columns[0]?.['sentenceEmbedding']?.shape ?? [];
      const file = report.saved.get(failure.path);
      return [
        '',
        paint('red', `${failure.mismatch.kind} mismatch: ${failure.path}`),
        `  data      ${one.stratum}, ${counted(one.columns.length, 'column')} [${shape.join(', ')}]`,
        `  options   ${describeOptions(one)}`,
        `  found     ${failure.mismatch.message}`,
        ...(failure.mismatch.ratio === undefined
          ? []
          : [`  ratio     ${formatRatio(failure.mismatch.ratio)}`]),
        ...(legs.float32.error === undefined ? [] : [`  reference ${legs.float32.error.type}`]),
        ...(/#[^:]+:\d/.test(failure.path) ? [`  again     ${againLine(report, failure.path)}`] : []),
        ...(file === undefined
          ? failure.path.includes('#')
            ? [paint('dim', '  add --save FOLDER to keep it as a file')]
            : []
          : [`  replay    ${replayLine(report, file)}`]),
        ...(index + 1 < failures.length
          ? [paint('dim', `  and ${failures.length - 1} more in this cell`)]
          : []),
      ];
    }),
  );
}

function summary(report: SuiteReport): string {
  const { cases, mismatches, seconds } = report.summary;
  const { reference } = report;
  const lines = [
    '',
    `${counted(cases, 'case')}, ${counted(mismatches, 'mismatch', 'mismatches')}, ${seconds.toFixed(0)} s, seed ${report.seed}, backend ${report.backend}`,
    `reference: sentence-transformers ${reference.sentenceTransformers}, torch ${reference.torch}, ` +
      `Python ${reference.python}, ${counted(reference.threads, 'thread')}` +
      (report.golden ? ' (recorded)' : ''),
  ];
  if (report.implementation !== undefined) {
    const { path, sha256, replaced } = report.implementation;
    const calls = replaced.map(({ name, calls: { losses, models } }) => `${name} ${losses + models} times`);
    lines.push(`implementation: ${path} (sha256 ${sha256.slice(0, 12)}), called: ${calls.join(', ')}`);
  }
  if (report.kills !== undefined) {
    const { mutants, killed, equivalent } = report.kills;
    const same = equivalent === 0 ? '' : `, ${equivalent} cannot be told from the right one`;
    lines.push(`kill rate: ${killed} of ${mutants - equivalent} wrong variants of the losses caught${same}`);
  }
  if (report.modelKills !== undefined) {
    const { mutants, survivors } = report.modelKills;
    lines.push(`model variants caught: ${mutants - survivors.length} of ${mutants}`);
  }
  if (report.trainingKills !== undefined) {
    const { mutants, killed } = report.trainingKills;
    lines.push(`wrong trainers caught: ${killed} of ${mutants}`);
  }
  if (report.quirks?.every(({ still }) => still) === true) {
    lines.push(`quirks: the reference still shows all ${report.quirks.length}`);
  }
  const narrow = lines.map((line) => wrapped(line, '  '));
  for (const { failure, skipped } of checksOf(report)) {
    if (skipped !== undefined) narrow.push(skipped);
    if (failure !== undefined) narrow.push(paint('red', failure));
  }
  return narrow.join('\n');
}
