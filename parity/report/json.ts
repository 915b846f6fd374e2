import type { Mismatch } from '../compare.js';
import { checksOf } from './checks.js';
import { describeModelCell } from './model-cell.js';
import { describeOptions } from './options.js';
import { againLine, replayLine } from './repeat.js';
import { REPORT_SCHEMA_VERSION } from './report-files.js';
import type { SuiteReport } from './report.js';

/**
 * The report for machines; of a run on several engines their reports, and the sum of their counts. A ratio of null is
 * infinite: a mismatch that has no measure.
 */
export function renderJson(reports: readonly SuiteReport[]): string {
  const engines = reports.map(jsonOf);
  const [only] = engines;
  const json =
    engines.length === 1
      ? only
      : { schemaVersion: REPORT_SCHEMA_VERSION, summary: summaryOf(reports), engines };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** The counts of all engines together. They ran in the same time. */
function summaryOf(reports: readonly SuiteReport[]): SuiteReport['summary'] {
  const sum = (of: (report: SuiteReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    cases: sum(({ summary }) => summary.cases),
    mismatches: sum(({ summary }) => summary.mismatches),
    seconds: Math.max(...reports.map(({ summary }) => summary.seconds)),
  };
}

const finite = (ratio: number | undefined): number | null =>
  ratio === undefined || !Number.isFinite(ratio) ? null : ratio;

const failureOf = (report: SuiteReport, path: string, mismatch: Mismatch): object => ({
  path,
  kind: mismatch.kind,
  tensor: mismatch.tensor,
  coordinate: mismatch.coordinate ?? null,
  message: mismatch.message,
  ratio: finite(mismatch.ratio),
  again: againLine(report, path),
});

function jsonOf(report: SuiteReport): object {
  const { seed, backend, golden, tolerance, reference, summary, results, models, saved, kills } = report;
  const { modelKills, trainingKills, quirks, implementation } = report;
  return {
    schemaVersion: REPORT_SCHEMA_VERSION,
    seed,
    backend,
    golden,
    tolerance,
    reference,
    summary,
    ...(implementation === undefined ? {} : { implementation }),
    checks: checksOf(report),
    cells: results.map(({ cell, cases, failures, valueRatio, gradientRatio, seconds }) => ({
      loss: cell.loss,
      wrapper: cell.wrapper,
      format: cell.format.id,
      cases,
      mismatches: failures.length,
      valueRatio: finite(valueRatio),
      gradientRatio: finite(gradientRatio),
      seconds,
    })),
    failures: results.flatMap(({ failures }) =>
      failures.map(({ path, judged, mismatch }) => ({
        path,
        stratum: judged.case.stratum,
        options: describeOptions(judged.case),
        kind: mismatch.kind,
        tensor: mismatch.tensor,
        coordinate: mismatch.coordinate ?? null,
        message: mismatch.message,
        ratio: finite(mismatch.ratio),
        again: /#[^:]+:\d/.test(path) ? againLine(report, path) : null,
        file: saved.get(path) ?? null,
        replay: saved.has(path) ? replayLine(report, saved.get(path) ?? '') : null,
      })),
    ),
    models: models.map(({ cell, cases, failures, valueRatio, gradientRatio, seconds }) => ({
      ...describeModelCell(cell),
      cases,
      mismatches: failures.length,
      valueRatio: finite(valueRatio),
      gradientRatio: finite(gradientRatio),
      seconds,
    })),
    modelFailures: models.flatMap(({ failures }) =>
      failures.map(({ path, mismatch }) => failureOf(report, path, mismatch)),
    ),
    training: report.training.map(({ name, failures, valueRatio, parameterRatio, curve, ...rest }) => ({
      run: name,
      ...rest,
      mismatches: failures.length,
      valueRatio: finite(valueRatio),
      parameterRatio: finite(parameterRatio),
      curve: curve.map(({ ratio, ...step }) => ({ ...step, ratio: finite(ratio) })),
    })),
    trainingFailures: report.training.flatMap(({ failures }) =>
      failures.map(({ path, mismatch }) => failureOf(report, path, mismatch)),
    ),
    ...(kills === undefined ? {} : { kills }),
    ...(modelKills === undefined ? {} : { modelKills }),
    ...(trainingKills === undefined ? {} : { trainingKills }),
    ...(quirks === undefined ? {} : { quirks }),
  };
}
