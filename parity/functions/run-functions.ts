import { resolve } from 'node:path';
import { type EngineName, setEngine, UsageError } from '../../src/index.js';
import { nearestName } from '../../src/options.js';
import { openProgress } from '../../src/progress.js';
import { fc } from '../fast-check.js';
import { StatisticsCollector } from '../report/collect-statistics.js';
import type { ParityReport, Shard } from '../report/parity-report.js';
import { emptyShard, partOf } from '../shard.js';
import { explainFailure } from './causes.js';
import { targetName } from './check-config.js';
import type { ParityConfig, Target } from './define.js';
import { type FunctionRun, reportOfFunctions, type ShownFailure } from './function-report.js';
import { judgeTarget, type TargetResult } from './judge-target.js';
import type { LoadedConfig } from './load-config.js';
import { openReference } from './open-reference.js';
import { type PlannedStratum, planTarget, sourceOf, strataOfTarget } from './plan-functions.js';
import { prepareTarget } from './prepared.js';
import { saveFunctionFailure } from './save-function-failure.js';
import { shrinkFunctionFailure } from './shrink-function.js';

export interface FunctionRunOptions {
  /** Names of targets; empty for all. */
  readonly targets: readonly string[];
  readonly cases?: number;
  readonly seed?: number;
  readonly shard?: Shard;
  readonly path?: string;
  readonly python?: string;
  readonly backend: EngineName;
  /** The folder for failing cases. */
  readonly save: string;
  /** The command that repeats the run. */
  readonly command: string;
}

export const DEFAULT_CASES = 60;
export const DEFAULT_SEED = 20261124;

/** Compares the functions of a configuration with their references. */
export async function runFunctions(
  { config, path: configPath, folder }: LoadedConfig,
  options: FunctionRunOptions,
  log: (line: string) => void,
): Promise<ParityReport> {
  const begin = performance.now();
  const seed = options.seed ?? config.seed ?? DEFAULT_SEED;
  const plans = chosenTargets(config, options).map(
    (target) => [target, plansOf(target, config, options, seed)] as const,
  );
  await setEngine(options.backend);
  const { reference, environment } = await openReference(config, { folder, python: options.python, log });
  const progress = openProgress(plans.reduce((sum, [, plan]) => sum + plan.length, 0));
  const statistics = new StatisticsCollector();
  const results: TargetResult[] = [];
  const shown = new Map<TargetResult, ShownFailure>();
  try {
    for (const [target, plan] of plans) {
      const prepared = await prepareTarget(target, config, { reference, folder });
      const result = await judgeTarget(prepared, plan, {
        reference,
        onStratum: (name, { id }) => progress.advance(`${name} ${id}`),
        onCase: ({ path, judged, ours, verdict, seconds }, stratum) =>
          statistics.add({
            target: prepared.name,
            stratum: stratum.id,
            path,
            ours,
            legs: judged.legs,
            verdict,
            seconds,
            ...(stratum.sharp === true && { points: { [stratum.what]: 1 } }),
          }),
      });
      results.push(result);
      const [first] = result.strata.flatMap(({ failures }) => failures);
      if (first === undefined) continue;
      progress.note(`${prepared.name}: looking for the smallest failing case`);
      const smallest = await shrinkFunctionFailure(first, prepared, { reference, seed });
      const hints = await explainFailure(smallest, prepared, reference);
      const file = await saveFunctionFailure(smallest, prepared, {
        seed,
        config: resolve(configPath),
        versions: environment,
        folder: options.save,
      });
      shown.set(result, { ...smallest, hints, file });
    }
  } finally {
    progress.stop();
    await reference.stop();
  }
  const run: FunctionRun = {
    results,
    shown,
    statistics: statistics.statistics,
    command: options.command,
    ...(options.shard && { shard: options.shard }),
    config: configPath,
    seed,
    seconds: (performance.now() - begin) / 1000,
    environment: {
      ...environment,
      engine: options.backend,
      Node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
  };
  return reportOfFunctions(run);
}

function chosenTargets(
  { targets }: ParityConfig,
  { targets: names, path, shard }: FunctionRunOptions,
): Target[] {
  const known = targets.map(targetName);
  const wanted = path === undefined ? names : [path.split('#')[0] ?? ''];
  for (const name of wanted) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? `there are ${known.join(', ')}` : `did you mean "${nearest}"?`;
    throw new UsageError(`there is no target "${name}"; ${hint}`);
  }
  const chosen = targets.filter((target) => wanted.length === 0 || wanted.includes(targetName(target)));
  if (shard === undefined) return chosen;
  const part = partOf(chosen, shard);
  if (part.length === 0) throw emptyShard(shard);
  return part;
}

function plansOf(
  target: Target,
  config: ParityConfig,
  { cases, path }: FunctionRunOptions,
  seed: number,
): PlannedStratum[] {
  if (path === undefined) {
    return planTarget(target, cases ?? target.cases ?? config.cases ?? DEFAULT_CASES, seed);
  }
  const [place = '', ...runs] = path.split(':');
  const id = place.slice(place.indexOf('#') + 1);
  const stratum = strataOfTarget(target).find((one) => one.id === id);
  if (stratum === undefined || runs.length === 0 || !runs.every((run) => /^\d+$/.test(run))) {
    throw new UsageError(
      `--path ${path} is not a path; expected TARGET#STRATUM:NUMBER as a report prints it`,
    );
  }
  const source = sourceOf(target, stratum, seed);
  const [inputs] = fc.sample(source.arbitrary, { seed: source.seed, path: runs.join(':'), numRuns: 1 });
  if (inputs === undefined) throw new UsageError(`--path ${path} leads to no case`);
  return [{ stratum, cases: [{ case: { target: targetName(target), stratum: id, inputs }, path }] }];
}
