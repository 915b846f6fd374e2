import { InputError } from '../../src/errors.js';
import { mergeStatistics } from './collect-statistics.js';
import {
  type MutantGroup,
  type ParityReport,
  type ReportCheck,
  type Shard,
  summaryOf,
} from './parity-report.js';
import type { FailedRun } from './read-report.js';

/** A report and the file that holds it. */
export interface Part {
  readonly file: string;
  readonly report: ParityReport | FailedRun;
}

interface ShardPart extends Part {
  readonly shard: Shard;
}

/**
 * The reports of all shards of a run as one. A shard that failed to run is what could not be checked.
 *
 * @throws InputError if the reports are not those of one run, or not all of them
 */
export function mergeReports(parts: readonly Part[]): ParityReport {
  const shards = parts.map(requireShard);
  requireAll(shards);
  const ended = shards.flatMap(({ file, report }) => ('error' in report ? [] : [{ file, report }]));
  const [first] = ended;
  if (first === undefined) {
    const [failed] = shards.flatMap(({ report }) => ('error' in report ? [report.error.message] : []));
    throw new InputError(`no shard has a result to merge; the first failed: ${failed}`);
  }
  for (const other of ended.slice(1)) requireSameRun(first, other);
  const reports = ended.map(({ report }) => report);
  const statistics = mergeStatistics(reports);
  const { shard: _, mutants: _own, quirks: _seen, ...rest } = first.report;
  const mutants = reports.some((report) => report.mutants !== undefined)
    ? mergeMutants(reports.flatMap((report) => report.mutants ?? []))
    : undefined;
  const quirks = reports.flatMap((report) => report.quirks ?? []);
  return {
    ...rest,
    ...statistics,
    environment: mergeEnvironment(reports),
    summary: summaryOf(statistics.cells, Math.max(...reports.map(({ summary }) => summary.seconds))),
    failures: reports.flatMap(({ failures }) => failures),
    checks: mergeChecks(reports.flatMap(({ checks }) => checks)),
    warnings: [...new Set(reports.flatMap(({ warnings }) => warnings))],
    unchecked: [
      ...reports.flatMap(({ unchecked }) => unchecked),
      ...shards.flatMap(({ shard, report }) =>
        'error' in report
          ? [{ what: `shard ${shard.index} of ${shard.count}`, why: report.error.message, broken: true }]
          : [],
      ),
    ],
    ...(mutants && { mutants }),
    ...(quirks.length > 0 && { quirks }),
    curves: reports.flatMap(({ curves }) => curves),
  };
}

function requireShard({ file, report }: Part): ShardPart {
  if (report.shard === undefined) {
    throw new InputError(`${file} is not the report of a shard; expected that of a run with --shard`);
  }
  return { file, report, shard: report.shard };
}

function requireAll(shards: readonly ShardPart[]): void {
  const [first] = shards;
  if (first === undefined) throw new InputError('there is no report to merge');
  const { count } = first.shard;
  const byIndex = new Map<number, string>();
  for (const { file, shard } of shards) {
    if (shard.count !== count) {
      throw new InputError(
        `${file} is shard ${shard.index} of ${shard.count}, but ${first.file} is one of ${count}`,
      );
    }
    const earlier = byIndex.get(shard.index);
    if (earlier !== undefined) {
      throw new InputError(`${earlier} and ${file} are both shard ${shard.index} of ${count}`);
    }
    byIndex.set(shard.index, file);
  }
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !byIndex.has(index));
  if (missing.length > 0) {
    throw new InputError(`of ${count} shards there is no report of ${missing.join(', ')}`);
  }
}

interface Ended {
  readonly file: string;
  readonly report: ParityReport;
}

function requireSameRun(one: Ended, other: Ended): void {
  const facts = ({ seed, tool, title, command, tolerance, environment }: ParityReport) =>
    new Map<string, string>([
      ['seed', `${seed}`],
      [`version of ${tool.name}`, tool.version],
      ['title', title],
      ['command', command],
      ['tolerance', `${tolerance}`],
      ...environment.filter(({ pinned }) => pinned).map(({ name, value }) => [name, value] as const),
    ]);
  const [expected, found] = [facts(one.report), facts(other.report)];
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    if (expected.get(name) !== found.get(name)) {
      throw new InputError(
        `${one.file} and ${other.file} are not shards of one run: ${name} is ${expected.get(name) ?? 'not given'} and ${found.get(name) ?? 'not given'}`,
      );
    }
  }
}

function mergeEnvironment(reports: readonly ParityReport[]): ParityReport['environment'] {
  const rows = reports.flatMap(({ environment }) => environment);
  return [...new Set(rows.map(({ name }) => name))].flatMap((name) => {
    const own = rows.filter((row) => row.name === name);
    const values = [...new Set(own.map(({ value }) => value))];
    return own.slice(0, 1).map((row) => ({ ...row, value: values.join('; ') }));
  });
}

/** A check fails if it did in any shard, and is left out only if it was in all. */
function mergeChecks(checks: readonly ReportCheck[]): ReportCheck[] {
  const keyOf = ({ group, name }: ReportCheck): string => JSON.stringify([group, name]);
  return [...new Set(checks.map(keyOf))].flatMap((key) => {
    const own = checks.filter((check) => keyOf(check) === key);
    const [first] = own;
    if (first === undefined) return [];
    const { group, name } = first;
    const failures = own.flatMap(({ failure }) => failure ?? []);
    if (failures.length > 0) return [{ group, name, failure: [...new Set(failures)].join('; ') }];
    const isLeftOut = own.every(({ skipped }) => skipped !== undefined);
    // Shards together leave nothing out of a run.
    return [{ group, name, ...(isLeftOut && { failure: `in none of the shards: ${first.skipped}` }) }];
  });
}

function mergeMutants(groups: readonly MutantGroup[]): MutantGroup[] {
  return [...new Set(groups.map(({ group }) => group))].map((group) => {
    const own = groups.filter((one) => one.group === group);
    const sum = (of: (one: MutantGroup) => number): number => own.reduce((total, one) => total + of(one), 0);
    return {
      group,
      total: sum(({ total }) => total),
      killed: sum(({ killed }) => killed),
      equivalent: sum(({ equivalent }) => equivalent),
      survivors: own.flatMap(({ survivors }) => survivors),
    };
  });
}
