import { packageVersion } from '../../src/version.js';
import { TOLERANCE } from '../compare.js';
import type { StatisticsCollector } from '../report/collect-statistics.js';
import { tensorText } from '../report/input-text.js';
import {
  type ParityReport,
  type ReportCheck,
  type ReportFailure,
  type Shard,
  summaryOf,
} from '../report/parity-report.js';
import { REPORT_SCHEMA_VERSION } from '../report/schema-version.js';
import { numberText, ratioOf } from '../report/statistics.js';
import type { FunctionFailure, StratumResult, TargetResult } from './judge-target.js';
import { isRefusal } from './plan-functions.js';
import { literal, TYPESCRIPT } from './value-text.js';
import { leavesOfInputs } from './values.js';

/** A failure that was shrunk and saved. */
export interface ShownFailure extends FunctionFailure {
  /** What is probably wrong. */
  readonly hints: readonly string[];
  readonly file?: string;
}

export interface FunctionRun {
  readonly results: readonly TargetResult[];
  /** The smallest failure of each target that differs. */
  readonly shown: ReadonlyMap<TargetResult, ShownFailure>;
  readonly statistics: StatisticsCollector['statistics'];
  readonly command: string;
  readonly shard?: Shard;
  readonly config: string;
  readonly seed: number;
  readonly seconds: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether this is a saved case, which tells nothing of the target as a whole. */
  readonly replayed?: boolean;
}

/** The report of a run of users' own functions. */
export function reportOfFunctions(run: FunctionRun): ParityReport {
  const { results, statistics, seconds } = run;
  const mutants = results.flatMap(({ target: { name }, kills }) =>
    kills === undefined
      ? []
      : [
          {
            group: name,
            total: kills.mutants,
            killed: kills.mutants - kills.survivors.length,
            equivalent: 0,
            survivors: [...kills.survivors],
          },
        ],
  );
  return {
    schemaVersion: REPORT_SCHEMA_VERSION,
    tool: { name: 'sparse-encoder-parity', version: packageVersion() },
    title: `Parity of ${run.config}`,
    command: run.command,
    ...(run.shard && { shard: run.shard }),
    seed: run.seed,
    tolerance: TOLERANCE,
    environment: Object.entries(run.environment).map(([name, value]) => ({
      name,
      value,
      pinned: !UNPINNED.has(name),
    })),
    summary: summaryOf(statistics.cells, seconds),
    failures: results.flatMap((result) => failuresOf(result, run)),
    checks: results.flatMap(checksOf),
    warnings: run.replayed === true ? [] : results.flatMap(warningsOf),
    unchecked: results.flatMap(({ unchecked }) =>
      unchecked.map(({ path, why }) => ({ what: path, why, broken: true })),
    ),
    ...((mutants.length > 0 || run.replayed === true) && { mutants }),
    curves: [],
    ...statistics,
  };
}

/** These say where a run was made; they do not decide its results. */
const UNPINNED = new Set(['Python', 'Node', 'platform']);

function failuresOf(result: TargetResult, { shown, seed, config }: FunctionRun): ReportFailure[] {
  const smallest = shown.get(result);
  const failures = result.strata.flatMap((stratum) => stratum.failures);
  const rest = failures.filter(
    ({ path }) => smallest === undefined || (!smallest.path.startsWith(`${path}:`) && smallest.path !== path),
  );
  const line = (failure: FunctionFailure, own?: ShownFailure): ReportFailure => {
    const { path, judged, mismatch } = failure;
    const text = (value: number | undefined): string | null =>
      value === undefined ? null : numberText(value);
    return {
      path,
      target: result.target.name,
      stratum: judged.case.stratum,
      kind: mismatch.kind,
      tensor: mismatch.tensor,
      coordinate: mismatch.coordinate === undefined ? null : [...mismatch.coordinate],
      ours: text(mismatch.ours),
      float32: text(mismatch.float32),
      truth: text(mismatch.truth),
      message: mismatch.message,
      hints: [...(own?.hints ?? [])],
      ratio: ratioOf(mismatch.ratio ?? Infinity),
      inputs: own === undefined ? [] : inputsOf(own),
      again: `npx sparse-encoder-parity run --config ${config} --seed ${seed} --path '${path}'`,
      file: own?.file ?? null,
      replay: own?.file === undefined ? null : `npx sparse-encoder-parity replay ${own.file}`,
      source: config,
    };
  };
  return [
    ...(smallest === undefined ? [] : [line(smallest, smallest)]),
    ...rest.map((failure) => line(failure)),
  ];
}

/** The inputs as a reader sees them. */
export const inputsOf = ({ judged }: FunctionFailure): { name: string; value: string }[] =>
  [...leavesOfInputs(judged.case.inputs)].map(([name, leaf]) => ({
    name,
    value: leaf.kind === 'tensor' ? tensorText(leaf.tensor) : literal(leaf, name, TYPESCRIPT),
  }));

function checksOf(result: TargetResult): ReportCheck[] {
  const failure = notCompared(result);
  return [{ group: 'targets', name: result.target.name, ...(failure !== undefined && { failure }) }];
}

/** A target was not compared if the reference raises an error in every case: that both fail proves nothing. */
export function notCompared({
  target: { name, reference },
  strata,
  unchecked,
}: TargetResult): string | undefined {
  const sound = strata.filter(({ stratum }) => !isRefusal(stratum));
  if (unchecked.length > 0 || sound.some(({ computed }) => computed > 0)) return undefined;
  const why = refusalOf(strata) ?? 'there was no case';
  return `${name}: ${reference.reference.call} computed no case: ${why}`;
}

const refusalOf = (strata: readonly StratumResult[]): string | undefined =>
  strata.find(({ refusal }) => refusal !== undefined)?.refusal;

const MOST_WARNINGS = 3;

function warningsOf({ target: { name, target }, warnings, kills }: TargetResult): string[] {
  const shown = warnings.slice(0, MOST_WARNINGS).map(({ path, mismatch }) => `${path}: ${mismatch.message}`);
  const more = warnings.length - shown.length;
  return [
    ...shown,
    ...(more > 0 ? [`${name}: ${more} more beyond a limit that only warns`] : []),
    ...((target.gradients ?? []).length === 0
      ? [`${name}: no gradient is compared; name the inputs in "gradients"`]
      : []),
    ...(kills === undefined
      ? [`${name} has no wrong variant ("mutants"): a check that cannot fail proves nothing`]
      : []),
  ];
}
