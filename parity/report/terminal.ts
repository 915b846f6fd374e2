import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { CellResult } from '../run-suite.js';
import { checksOf } from './checks.js';
import { describeModelCell } from './model-cell.js';
import { describeOptions } from './options.js';
import type { SuiteReport } from './report.js';
import { formatRatio } from './ratio.js';
import { againLine, replayLine } from './repeat.js';

type Style = 'red' | 'green' | 'bold' | 'dim';

const plain = !process.stdout.isTTY || (process.env['NO_COLOR'] ?? '') !== '';
const paint = (style: Style, text: string): string => (plain ? text : styleText(style, text));

/** The tables of a run, a row per cell, and what failed. */
export function renderTerminal(report: SuiteReport): string {
  const losses = report.results.map(({ cell: { loss, wrapper, format }, ...result }) => [
    loss,
    wrapper === 'none' ? '-' : wrapper,
    format.id,
    ...numbers(result),
  ]);
  const models = report.models.map(({ cell, ...result }) => {
    const { model, family, backbone, check } = describeModelCell(cell);
    return [model, `${family}, ${backbone}`, check, ...numbers(result)];
  });
  return [
    ...table(['loss', 'wrapper', 'format'], losses),
    ...table(['model', 'family', 'compared'], models),
    'value, gradient: our largest error over that of PyTorch in float32, both measured against float64; up to ' +
      `${report.tolerance} is equal.`,
    ...renderFailures(report),
    ...renderModelFailures(report),
    summary(report),
  ].join('\n');
}

type Numbers = Omit<CellResult, 'cell' | 'failures'> & { readonly failures: readonly unknown[] };

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

/** Nothing where there are no rows. */
function table(what: readonly string[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return [];
  const made = new Table({
    head: [...what, 'cases', 'value', 'gradient', 'time', 'verdict'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: plain ? [] : ['bold'], border: plain ? [] : ['gray'], compact: true },
  });
  made.push(...rows);
  return [made.toString()];
}

function renderModelFailures(report: SuiteReport): string[] {
  return report.models.flatMap(({ failures }) =>
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
        `  data      ${one.stratum}, ${one.columns.length} columns [${shape.join(', ')}]`,
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
    `${cases} cases, ${mismatches} mismatches, ${seconds.toFixed(0)} s, seed ${report.seed}, backend ${report.backend}`,
    `reference: sentence-transformers ${reference.sentenceTransformers}, torch ${reference.torch}, ` +
      `Python ${reference.python}, ${reference.threads} thread${reference.threads === 1 ? '' : 's'}` +
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
  if (report.quirks?.every(({ still }) => still) === true)
    lines.push(`quirks: the reference still shows all ${report.quirks.length}`);
  for (const { failure, skipped } of checksOf(report)) {
    if (skipped !== undefined) lines.push(skipped);
    if (failure !== undefined) lines.push(paint('red', failure));
  }
  return lines.join('\n');
}
