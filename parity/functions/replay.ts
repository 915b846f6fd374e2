import { dirname, relative, resolve } from 'node:path';
import { UsageError } from '../../src/errors.js';
import { type EngineName, setEngine } from '../../src/index.js';
import { readJsonFile } from '../read-json-file.js';
import { StatisticsCollector } from '../report/collect-statistics.js';
import type { ParityReport } from '../report/parity-report.js';
import { referenceSpec, targetName } from './check-config.js';
import { loadFunctionCase, type StoredFunctionCase } from './function-case-file.js';
import { reportOfFunctions, type ShownFailure } from './function-report.js';
import { type TargetResult, verdictOf } from './judge-target.js';
import { type LoadedConfig, loadConfig } from './load-config.js';
import { openReference } from './open-reference.js';
import { openSide, type PreparedTarget } from './prepared.js';
import { judgeCases, type JudgedFunctionCase } from './reference-side.js';

export interface ReplayOptions {
  /** Default: the configuration that the file names. */
  readonly config?: string;
  /** Whether to use the recorded results of the reference instead of Python. */
  readonly offline?: boolean;
  readonly python?: string;
  /** The engine that runs our side. Default: cpu. */
  readonly backend?: EngineName;
  /** The command that repeats it, for the report. */
  readonly command?: string;
}

/**
 * Judges a saved case again: our side from the configuration, the reference live or as recorded.
 *
 * @example
 *   const { failures } = await replayCase('parity-failures/huber-ties.case.json', { offline: true });
 *
 * @param file the path of the case
 * @throws CaseFileError if the file is not a case, UsageError if the configuration has no such target
 */
export async function replayCase(
  file: string,
  options: ReplayOptions = {},
  log: (line: string) => void = () => undefined,
): Promise<ParityReport> {
  const { backend = 'cpu', command = `npx sparse-encoder-parity replay ${file}` } = options;
  const begin = performance.now();
  const stored = loadFunctionCase(readJsonFile(file), file);
  const loaded = await loadConfig(options.config ?? relative('.', resolve(dirname(file), stored.config)));
  const prepared = preparedFrom(stored, loaded);
  await setEngine(backend);
  const { judged, environment } =
    options.offline === true
      ? { judged: stored.judged, environment: stored.versions }
      : await askAgain(stored, loaded, { python: options.python, log });
  const side = prepared.open(prepared.target.ours);
  const ours = await side.run(judged);
  await side.close();
  const stratum = { id: judged.case.stratum, what: '', share: 0, applies: () => true };
  const verdict = verdictOf(ours, judged, prepared, stratum);
  const statistics = new StatisticsCollector();
  statistics.add({
    target: prepared.name,
    stratum: stratum.id,
    path: stored.path,
    ours,
    legs: judged.legs,
    verdict,
  });
  const failures =
    verdict.mismatch === undefined ? [] : [{ path: stored.path, judged, ours, mismatch: verdict.mismatch }];
  const seconds = (performance.now() - begin) / 1000;
  const result: TargetResult = {
    target: prepared,
    strata: [
      {
        stratum,
        cases: 1,
        computed: judged.legs.float32.error === undefined ? 1 : 0,
        failures,
        valueRatio: verdict.valueRatio,
        gradientRatio: verdict.gradientRatio,
        seconds,
      },
    ],
    warnings: verdict.warnings.map((mismatch) => ({ path: stored.path, mismatch })),
    unchecked: [],
    kills: undefined,
  };
  const [failure] = failures;
  const shown = new Map<TargetResult, ShownFailure>(
    failure === undefined ? [] : [[result, { ...failure, hints: [], file }]],
  );
  return reportOfFunctions({
    results: [result],
    shown,
    statistics: statistics.statistics,
    command,
    config: loaded.path,
    seed: stored.seed,
    seconds,
    environment: { ...environment, engine: backend, Node: process.version },
    replayed: true,
  });
}

/** The target of the configuration, with the arguments and weights of the file. */
function preparedFrom(stored: StoredFunctionCase, { config, path, folder }: LoadedConfig): PreparedTarget {
  const { target: name } = stored.judged.case;
  const target = config.targets.find((one) => targetName(one) === name);
  if (target === undefined) {
    throw new UsageError(
      `${path} has no target "${name}"; it has ${config.targets.map(targetName).join(', ')}`,
    );
  }
  const { call } = referenceSpec(target);
  if (call !== stored.reference.reference.call) {
    throw new UsageError(
      `the case was saved for ${stored.reference.reference.call}; the target "${name}" of ${path} is compared with ${call}`,
    );
  }
  const { gradients, weights = new Map() } = stored.reference;
  return {
    name,
    target,
    reference: stored.reference,
    budgets: { ...config.budgets, ...target.budgets },
    layers: [],
    open: (ours) => openSide(ours, { folder, gradients, weights }),
  };
}

async function askAgain(
  stored: StoredFunctionCase,
  { config, folder }: LoadedConfig,
  given: { readonly python: string | undefined; readonly log: (line: string) => void },
): Promise<{ readonly judged: JudgedFunctionCase; readonly environment: Readonly<Record<string, string>> }> {
  const { reference, environment } = await openReference(config, { folder, ...given });
  try {
    const [judged] = await judgeCases(reference, stored.reference, [stored.judged.case], { sharp: true });
    if (judged === undefined) throw new RangeError('the reference gave no result for the case');
    return { judged, environment };
  } finally {
    await reference.stop();
  }
}
