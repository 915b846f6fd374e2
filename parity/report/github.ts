import { appendFileSync } from 'node:fs';
import { counted } from '../../src/counted.js';
import { WriteError } from '../../src/errors.js';
import { annotation, type Environment } from './annotation.js';
import { findingsOf } from './findings.js';
import type { ParityReport } from './parity-report.js';
import { formatRatio } from './ratio.js';
import { type TargetTotal, targetsOf } from './targets.js';
import { hasFinding, problemsOf, warningsOf } from './verdict.js';

/** GitHub shows no more of a step. */
const MOST_ANNOTATIONS = 10;
/** Rows of the table in the summary of a job, which GitHub limits to 1 MiB. */
const MOST_ROWS = 200;

/** What differs as annotations of a GitHub job, one a line. */
export const annotations = (report: ParityReport): string[] => [
  ...findingsOf(report)
    .slice(0, MOST_ANNOTATIONS)
    .map(({ title, message, file }) => annotation('error', title, message, file)),
  ...warningsOf(report).map((warning) => annotation('warning', report.title, warning)),
];

/** Adds the report to the summary of the GitHub job, if there is one. */
export function addStepSummary(report: ParityReport, environment: Environment = process.env): void {
  const { GITHUB_STEP_SUMMARY: file = '' } = environment;
  if (file === '') return;
  try {
    appendFileSync(file, renderMarkdown(report));
  } catch (error) {
    throw error instanceof Error ? new WriteError(file, error) : error;
  }
}

/** The report for the summary of a job. */
export function renderMarkdown(report: ParityReport): string {
  const { title, shard, summary, environment, failures, mutants = [], unchecked, command } = report;
  const fails = hasFinding(report);
  const part = shard === undefined ? '' : `, shard ${shard.index} of ${shard.count}`;
  const differing = targetsOf(report.cells).filter(({ mismatches }) => mismatches > 0);
  return [
    `## ${fails ? '❌' : '✅'} ${text(title)}${part}`,
    '',
    `**${counted(summary.cases, 'case')}, ${counted(summary.mismatches, 'mismatch', 'mismatches')}** in ${summary.seconds.toFixed(0)} s (${summary.casesPerSecond.toFixed(1)} cases a second).`,
    ...mutants.map(
      ({ group, total, killed, equivalent }) =>
        `Wrong variants of the ${text(group)}: ${killed} of ${total - equivalent} caught.`,
    ),
    ...[
      ...problemsOf(report).map((problem) => `Failed: ${problem}`),
      ...unchecked.map(({ what, why }) => `Not checked: ${what}: ${why}`),
      ...warningsOf(report).map((warning) => `Warning: ${warning}`),
    ].map((line) => `\n> ${text(line)}`),
    ...table(differing),
    ...failures
      .slice(0, 1)
      .flatMap(({ path, message, inputs }) => [
        '',
        `First failure: \`${text(path)}\``,
        '',
        fenced([message, ...inputs.map(({ name, value }) => `${name} ${value}`)].join('\n')),
      ]),
    '',
    `<details><summary>Environment</summary>\n\n${environment.map(({ name, value }) => `- ${text(name)}: ${text(value)}`).join('\n')}\n\n</details>`,
    '',
    fenced(command),
    '',
  ].join('\n');
}

function table(targets: readonly TargetTotal[]): string[] {
  if (targets.length === 0) return [];
  const rows = targets
    .slice(0, MOST_ROWS)
    .map(
      ({ target, cases, mismatches, valueRatio, gradientRatio }) =>
        `| ${text(target)} | ${mismatches} of ${cases} | ${formatRatio(valueRatio)} | ${formatRatio(gradientRatio)} |`,
    );
  const rest = targets.length - MOST_ROWS;
  return [
    '',
    '| target | differ | value ratio | gradient ratio |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
    ...(rest > 0 ? ['', `And ${counted(rest, 'more target')}.`] : []),
  ];
}

/** A text that is neither markup nor the end of a cell. */
const text = (words: string): string =>
  words.replaceAll(/[\\`*_{}[\]<>|#]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ');

const fenced = (code: string): string => `~~~~text\n${code.replaceAll('~~~~', '~ ~ ~ ~')}\n~~~~`;
