import { packageVersion } from '../../src/version.js';
import type { Mismatch } from '../compare.js';
import type { Failure } from '../run-suite.js';
import { cellName } from '../suite.js';
import { mergeStatistics, StatisticsCollector } from './collect-statistics.js';
import { tensorText } from './input-text.js';
import { describeModelCell } from './model-cell.js';
import { describeOptions } from './options.js';
import {
  type MutantGroup,
  type ParityReport,
  type ReportFailure,
  type Shard,
  summaryOf,
} from './parity-report.js';
import { againLine, replayLine } from './repeat.js';
import type { SuiteReport } from './report.js';
import { REPORT_SCHEMA_VERSION } from './schema-version.js';
import { numberText, type ParityStatistics, ratioOf, type ReportCell } from './statistics.js';
import { suiteChecks } from './suite-checks.js';

/** How the run was asked for. */
export interface AskedFor {
  /** The command that repeats it. */
  readonly command: string;
  readonly shard?: Shard | undefined;
}

/** The report of a run of the suite, with the engines of a run on several in the names of the targets. */
export function reportOfSuite(suites: readonly SuiteReport[], { command, shard }: AskedFor): ParityReport {
  const [first] = suites;
  if (first === undefined) throw new RangeError('a report needs a run on at least one engine');
  const on = (suite: SuiteReport): string => (suites.length === 1 ? '' : `${suite.backend}: `);
  const others = new StatisticsCollector();
  for (const suite of suites) {
    for (const cell of otherCells(suite)) others.addCell({ ...cell, target: on(suite) + cell.target });
  }
  const judged = suites.flatMap((suite) =>
    suite.results.map(({ statistics }) => prefixed(statistics, on(suite))),
  );
  const statistics = mergeStatistics([...judged, others.statistics]);
  const mutants = suites.flatMap(mutantsOf);
  return {
    schemaVersion: REPORT_SCHEMA_VERSION,
    tool: { name: 'sparse-encoder-parity', version: packageVersion() },
    title: `Parity with sentence-transformers ${first.reference.sentenceTransformers}`,
    command,
    ...(shard && { shard }),
    seed: first.seed,
    tolerance: first.tolerance,
    environment: environmentOf(first, suites),
    summary: summaryOf(statistics.cells, first.summary.seconds),
    failures: suites.flatMap((suite) =>
      failuresOf(suite).map((failure) => ({ ...failure, target: on(suite) + failure.target })),
    ),
    checks: suites.flatMap((suite) =>
      suiteChecks(suite).map((check) => ({ ...check, group: on(suite) + check.group })),
    ),
    warnings: [],
    unchecked: [
      ...suites.flatMap((suite) =>
        suite.unchecked.map(({ what, why }) => ({ what: on(suite) + what, why, broken: true })),
      ),
      ...first.absentModels
        .filter(({ wanted }) => !wanted)
        .map(({ name }) => ({ what: `model ${name}`, why: 'it is not on this machine', broken: false })),
    ],
    mutants,
    ...(first.quirks && { quirks: [...first.quirks] }),
    curves: first.training
      .filter(({ curve }) => curve.length > 0)
      .map(({ name, steps, ndcg10, curve }) => ({
        name,
        steps,
        ...(ndcg10 && { ndcg10 }),
        points: curve.map(({ ratio, ...step }) => ({ ...step, ratio: ratioOf(ratio) })),
      })),
    ...statistics,
  };
}

const prefixed = (statistics: ParityStatistics, prefix: string): ParityStatistics => ({
  ...statistics,
  cells: statistics.cells.map((cell) => ({ ...cell, target: prefix + cell.target })),
  worst: statistics.worst.map((one) => ({ ...one, target: prefix + one.target })),
});

/** Models and training, whose tensors are not counted. */
function otherCells({ models, training, results }: SuiteReport): ReportCell[] {
  return [
    // A cell without cases has no statistics; unless the reference failed on all of them, it is a line of the table nevertheless.
    ...results
      .filter(({ cases, notChecked }) => cases === 0 && notChecked === undefined)
      .map(({ cell }) => ({ ...lineOf(cellName(cell), 'ordinary'), cases: 0 })),
    ...models.map(({ cell, cases, failures, valueRatio, gradientRatio, seconds }) => {
      const { model, check } = describeModelCell(cell);
      return {
        ...lineOf(`model/${model}`, check),
        cases,
        mismatches: failures.length,
        valueRatio: ratioOf(valueRatio),
        gradientRatio: ratioOf(gradientRatio),
        seconds,
      };
    }),
    ...training.map(({ name, cases, failures, valueRatio, parameterRatio, seconds }) => ({
      ...lineOf(`training/${name}`, 'losses and parameters'),
      cases,
      mismatches: failures.length,
      valueRatio: ratioOf(valueRatio),
      gradientRatio: ratioOf(parameterRatio),
      seconds,
    })),
  ];
}

const lineOf = (target: string, stratum: string): ReportCell => ({
  target,
  stratum,
  cases: 0,
  mismatches: 0,
  valueRatio: 0,
  gradientRatio: 0,
  seconds: 0,
});

function failuresOf(suite: SuiteReport): ReportFailure[] {
  return [
    ...suite.results.flatMap(({ cell, failures }) =>
      failures.map((failure, index) => ({
        ...located(suite, failure.path, failure.mismatch),
        target: cellName(cell),
        stratum: failure.judged.case.stratum,
        // Only the first failure of a cell is shrunk.
        inputs: index === 0 ? inputsOf(failure) : [],
        again: /#[^:]+:\d/.test(failure.path) ? againLine(suite, failure.path) : null,
      })),
    ),
    ...[...suite.models, ...suite.training].flatMap(({ failures }) =>
      failures.map(({ path, mismatch }) => {
        const [kind = '', name = '', ...check] = path.split('/');
        return {
          ...located(suite, path, mismatch),
          target: `${kind}/${name}`,
          stratum: check.join('/'),
          inputs: [],
          again: againLine(suite, path),
        };
      }),
    ),
  ];
}

function located(
  suite: SuiteReport,
  path: string,
  { kind, tensor, coordinate, ours, float32, truth, message, ratio }: Mismatch,
): Omit<ReportFailure, 'target' | 'stratum' | 'inputs' | 'again'> {
  const text = (value: number | undefined): string | null => (value === undefined ? null : numberText(value));
  const file = suite.saved.get(path) ?? null;
  return {
    path,
    kind,
    tensor,
    coordinate: coordinate === undefined ? null : [...coordinate],
    ours: text(ours),
    float32: text(float32),
    truth: text(truth),
    message,
    hints: [],
    ratio: ratioOf(ratio ?? Infinity),
    file,
    replay: file === null ? null : replayLine(suite, file),
    source: suite.implementation?.path ?? null,
  };
}

function inputsOf({ judged: { case: one, legs } }: Failure): ReportFailure['inputs'] {
  const { error } = legs.float32;
  return [
    { name: 'options', value: describeOptions(one) },
    ...(error === undefined ? [] : [{ name: 'reference', value: `throws ${error.type}: ${error.message}` }]),
    ...one.columns.flatMap((column, index) =>
      Object.entries(column).map(([name, tensor]) => ({
        name: `${index}.${name}`,
        value: tensor === null ? 'None' : tensorText(tensor),
      })),
    ),
    ...(one.labels === null ? [] : [{ name: 'labels', value: tensorText(one.labels) }]),
  ];
}

function environmentOf(
  { reference, golden, implementation }: SuiteReport,
  suites: readonly SuiteReport[],
): ParityReport['environment'] {
  const calls = implementation?.replaced.map(
    ({ name, calls: { losses, models } }) => `${name} ${losses + models} times`,
  );
  return [
    { name: 'sentence-transformers', value: reference.sentenceTransformers, pinned: true },
    { name: 'torch', value: reference.torch, pinned: true },
    { name: 'Python', value: reference.python, pinned: false },
    { name: 'threads of the reference', value: `${reference.threads}`, pinned: false },
    { name: 'results of the reference', value: golden ? 'recorded' : 'live', pinned: true },
    { name: 'engine', value: suites.map(({ backend }) => backend).join(', '), pinned: true },
    ...(implementation === undefined
      ? []
      : [
          {
            name: 'implementation',
            value: `${implementation.path} (sha256 ${implementation.sha256.slice(0, 12)})`,
            pinned: true,
          },
          { name: 'called', value: calls?.join(', ') ?? '', pinned: false },
        ]),
    { name: 'Node', value: process.version, pinned: false },
    { name: 'platform', value: `${process.platform} ${process.arch}`, pinned: false },
  ];
}

function mutantsOf({ kills, modelKills, trainingKills }: SuiteReport): MutantGroup[] {
  const groups = { losses: kills, models: modelKills, trainer: trainingKills };
  return Object.entries(groups).flatMap(([group, summary]) => {
    if (summary === undefined) return [];
    const { mutants: total, survivors } = summary;
    const equivalent = 'equivalent' in summary ? summary.equivalent : 0;
    const killed = total - equivalent - survivors.length;
    return [{ group, total, killed, equivalent, survivors: [...survivors] }];
  });
}
