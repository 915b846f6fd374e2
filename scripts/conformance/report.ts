import type { Excuses } from './excused.js';
import { judge, type Outcome, type Verdict } from './judge.js';
import type { SpecResult } from './protocol.js';

export type Counts = Record<Outcome, number>;

export interface FileCounts extends Counts {
  file: string;
}

export interface ReportedSpec {
  file: string;
  name: string;
  outcome: Exclude<Outcome, 'passed'>;
  reason?: string;
  kernels?: string[];
  messages: string[];
  /** The calls behind the first failure, the innermost first. */
  stack: string[];
}

export interface ConformanceReport {
  backend: string;
  summary: Counts;
  files: FileCounts[];
  /** Kernels that the backend lacks, with the number of specs that cannot run without each. */
  missingKernels: { kernel: string; specs: number }[];
  /** Rows of the excuse table, or specs named by one, that no longer need it. */
  needlessExcuses: string[];
  /** The specs that did not pass. */
  specs: ReportedSpec[];
}

/** @param whole whether no spec was left out, so that an excuse without a spec has lost its specs */
export function buildReport(
  backend: string,
  results: readonly SpecResult[],
  excuses: Excuses,
  whole: boolean,
): ConformanceReport {
  const judged: Judged[] = results.map((result) => ({ result, verdict: judge(result, excuses) }));
  const files = new Map<string, FileCounts>();
  const kernels = new Map<string, number>();
  for (const { result, verdict } of judged) {
    const counts = files.get(result.file) ?? { file: result.file, ...noCounts() };
    counts[verdict.outcome]++;
    files.set(result.file, counts);
    if (verdict.outcome !== 'unsupported') continue;
    for (const kernel of verdict.kernels) kernels.set(kernel, (kernels.get(kernel) ?? 0) + 1);
  }
  return {
    backend,
    summary: sum([...files.values()]),
    files: [...files.values()].toSorted((a, b) => (a.file < b.file ? -1 : 1)),
    missingKernels: [...kernels]
      .map(([kernel, specs]) => ({ kernel, specs }))
      .toSorted((a, b) => b.specs - a.specs || (a.kernel < b.kernel ? -1 : 1)),
    needlessExcuses: [
      ...judged.flatMap(({ result, verdict: { outcome, excuse } }) =>
        excuse !== undefined && outcome === 'passed'
          ? [`${result.file}: "${result.name}" passes, but is excused (${excuse.reason})`]
          : [],
      ),
      ...(whole ? withoutSpecs(judged, excuses) : []),
    ],
    specs: judged.flatMap(({ result, verdict }) => reportSpec(result, verdict)),
  };
}

interface Judged {
  result: SpecResult;
  verdict: Verdict;
}

function withoutSpecs(judged: readonly Judged[], { specs, kernels }: Excuses): string[] {
  const named = new Set(judged.map(({ verdict }) => verdict.excuse));
  const refused = new Set(judged.flatMap(({ verdict }) => verdict.kernels));
  return [
    ...specs
      .filter((excuse) => !named.has(excuse))
      .map(({ file, pattern }) => `${file}: no spec is named by ${pattern}`),
    ...Object.keys(kernels)
      .filter((kernel) => !refused.has(kernel))
      .map((kernel) => `kernel ${kernel}: no spec fails for it`),
  ];
}

function reportSpec({ file, name, failures }: SpecResult, verdict: Verdict): ReportedSpec[] {
  const { outcome, kernels, reason } = verdict;
  if (outcome === 'passed') return [];
  return [
    {
      file,
      name,
      outcome,
      ...(reason === undefined ? {} : { reason }),
      ...(kernels.length === 0 ? {} : { kernels }),
      messages: failures.map(({ message }) => message),
      stack: callers(failures[0]?.stack ?? ''),
    },
  ];
}

/** The calls between the error and the spec; jasmine has removed its own. */
function callers(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/<Jasmine>|\(node:|conformance[\\/]spec-runner/.test(line))
    .map((line) => line.trim().replace(/^at /, ''));
}

/** A failed spec, a needless excuse, or a run that shows nothing because no spec passed. */
export function hasFinding({ summary, needlessExcuses }: ConformanceReport): boolean {
  return summary.failed > 0 || summary.passed === 0 || needlessExcuses.length > 0;
}

function noCounts(): Counts {
  return { passed: 0, failed: 0, unsupported: 0, excused: 0 };
}

function sum(rows: readonly Counts[]): Counts {
  const total = noCounts();
  for (const outcome of Object.keys(total) as Outcome[]) {
    for (const row of rows) total[outcome] += row[outcome];
  }
  return total;
}
