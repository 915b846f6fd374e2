import { checksOf } from './checks.js';
import { describeModelCell } from './model-cell.js';
import { describeOptions } from './options.js';
import { againLine, replayLine } from './repeat.js';
import { REPORT_SCHEMA_VERSION } from './report-files.js';
import type { SuiteReport } from './report.js';

/** The report for machines. A ratio of null is infinite: a mismatch that has no measure. */
export function renderJson(report: SuiteReport): string {
  const { seed, backend, golden, tolerance, reference, summary, results, models, saved, kills } = report;
  const { modelKills, quirks, implementation } = report;
  const finite = (ratio: number | undefined): number | null =>
    ratio === undefined || !Number.isFinite(ratio) ? null : ratio;
  const json = {
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
      failures.map(({ path, mismatch }) => ({
        path,
        kind: mismatch.kind,
        tensor: mismatch.tensor,
        coordinate: mismatch.coordinate ?? null,
        message: mismatch.message,
        ratio: finite(mismatch.ratio),
        again: againLine(report, path),
      })),
    ),
    ...(kills === undefined ? {} : { kills }),
    ...(modelKills === undefined ? {} : { modelKills }),
    ...(quirks === undefined ? {} : { quirks }),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}
