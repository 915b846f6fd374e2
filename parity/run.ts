import { type EngineName, setEngine, setWarningHandler, UsageError } from '../src/index.js';
import { openProgress, type Progress } from '../src/progress.js';
import { chooseCells, type Chosen } from './choose.js';
import { DEFAULT_SEED, type ParityOptions } from './command.js';
import { TOLERANCE } from './compare.js';
import { originOn, setEngines } from './engines.js';
import { fixturesFolder } from './fixtures.js';
import { loadGolden } from './golden.js';
import { OURS } from './implementation.js';
import { failureOf } from './judge-or-name.js';
import { joinModels } from './models/compare-models.js';
import type { ModelCell } from './models/plan.js';
import type { ModelCellResult } from './models/run-models.js';
import { killRate } from './mutants/kill-rate.js';
import type { PlannedCase } from './plan.js';
import { loadPort } from './port/load-port.js';
import { ReplacedWatch } from './port/verdicts.js';
import { repeatOf } from './report/repeat.js';
import type { KillSummary, SuiteReport, TrainingKillSummary, Unchecked } from './report/report.js';
import type { CellResult } from './run-suite.js';
import { type SavedFailures, saveFailures } from './save-failures.js';
import { ofShard } from './shard.js';
import { goldenSource, liveSource, type Source } from './source.js';
import type { Cell } from './suite.js';
import type { TrainingCheck, TrainingResult } from './training/check.js';
import { runTraining } from './training/run-training.js';
import { judgeLosses, judgeModels } from './workers/judge-share.js';
import { inTableOrder, mostWorkers } from './workers/share.js';
import { startWorkers } from './workers/start-workers.js';

/**
 * Runs the suite as the options say, and reports on each engine. The reference is asked once for all engines; what does
 * not depend on the engine (wrong variants, quirks) is told with the first.
 *
 * Throws for wrong use and a missing environment.
 */
export async function runParity(options: ParityOptions, log: (line: string) => void): Promise<SuiteReport[]> {
  const begin = performance.now();
  if (options.implementation !== undefined && options.workers > 1) {
    throw new UsageError('--workers counts no calls of a port; leave it out, or --implementation');
  }
  const port = options.implementation === undefined ? undefined : await loadPort(options.implementation);
  const implementation = port?.implementation ?? OURS;
  if (options.replay !== undefined && options.backend.length > 1) {
    throw new UsageError('--replay judges on one engine; name one with --backend');
  }
  const { shard } = options;
  const chosen = ofShard(chooseCells(options, originOn(options.backend[0] ?? 'cpu', port)), shard);
  // A missing package is reported before a Python environment is made.
  if (chosen.only === undefined) fixturesFolder();
  const backends = await setEngines(options);
  const [first] = backends;
  const selected = options.losses.length + options.formats.length > 0;
  const whole = chosen.only === undefined && chosen.cells.length > 0 && !selected;
  // What is proved once for a run is the work of its first shard.
  const proveItself = whole && implementation === OURS && (shard?.index ?? 1) === 1;
  const progress = openProgress(
    (chosen.cells.length + chosen.models.length) * options.backend.length + chosen.training.length,
  );
  const onCell = (name: string): void => progress.advance(name);
  // Every combination of options is tried, including those that cause warnings.
  const previous = setWarningHandler(() => undefined);
  const share = { index: 0, count: Math.min(options.workers, mostWorkers(chosen)) };
  const workers = startWorkers(options, share.count, onCell);
  let kills: KillSummary | undefined;
  const prove = async (): Promise<void> => {
    if (proveItself) kills = await countKills(progress);
  };
  let opened: Source | undefined;
  try {
    const source = await openSource(options, chosen, { log, meanwhile: prove });
    opened = source;
    const watch = new ReplacedWatch(port?.replaced ?? []);
    const run = { options, backends, source, implementation, onCell };
    const onCase = ({ case: one }: PlannedCase): void => watch.saw(one);
    const ownLosses = await judgeLosses(chosen, share, { ...run, onCase });
    watch.endLosses();
    const losses = [ownLosses, ...(await Promise.all(workers.map((one) => one.losses)))].flat();
    const results = inTableOrder(losses, backends).map(({ at, ...rest }): CellResult => ({
      ...rest,
      cell: chosen.cells[at] as Cell,
    }));
    const failures = new Map<EngineName, SavedFailures>();
    for (const backend of options.backend) {
      await setEngine(backend);
      const own = results.filter((result) => result.backend === backend);
      const origin = originOn(backend, port);
      failures.set(backend, await saveFailures(own, { options, implementation, origin, source }));
    }
    watch.beginModels();
    const ownModels = await judgeModels(chosen, share, run);
    const parts = [ownModels, ...(await Promise.all(workers.map((one) => one.models)))];
    const onModels = inTableOrder(
      parts.flatMap((part) => part.results),
      backends,
    ).map(({ at, ...rest }): ModelCellResult => ({ ...rest, cell: chosen.models[at] as ModelCell }));
    const models = joinModels(chosen.models, onModels, parts, options);
    const training = await compareTraining(chosen.training, source, options, progress);
    progress.stop();
    const unchecked = [...models.lost, ...training.lost];
    const quirks = proveItself ? await askQuirks(source, unchecked) : undefined;
    const seconds = (performance.now() - begin) / 1000;
    const { versions } = source;
    return options.backend.map((backend) => {
      const { shown, saved } = failures.get(backend) as SavedFailures;
      const shownModels = models.results.filter((result) => result.backend === backend);
      // The trainer runs on the onnx engine, whatever engines were asked for.
      const ownTraining = backend === first ? training.results : [];
      const count = (of: (result: CellResult | ModelCellResult | TrainingResult) => number): number =>
        [...shown, ...shownModels, ...ownTraining].reduce((sum, one) => sum + of(one), 0);
      return {
        // Recorded cases were made from the default seed.
        seed: options.golden ? DEFAULT_SEED : options.seed,
        backend,
        golden: options.golden,
        tolerance: TOLERANCE,
        reference: versions,
        results: shown,
        models: shownModels,
        training: ownTraining,
        saved,
        repeat: repeatOf({ ...options, backend }),
        absentModels: models.absent.map((name) => ({
          name,
          wanted: Array.isArray(options.model) || options.path !== undefined,
        })),
        unchecked: [
          ...shown.flatMap(({ notChecked = [] }) =>
            notChecked.map(({ path, notChecked: why }) => ({ what: path, why })),
          ),
          ...(backend === first ? unchecked : []),
        ],
        summary: {
          cases: count(({ cases }) => cases),
          mismatches: count((result) => result.failures.length),
          seconds,
        },
        ...(port && {
          implementation: {
            path: port.path,
            sha256: port.sha256,
            replaced: watch.verdicts(whole && shard === undefined),
          },
        }),
        ...(backend === first && {
          ...(kills && { kills }),
          ...(models.kills && { modelKills: models.kills }),
          ...(training.kills && { trainingKills: training.kills }),
          ...(quirks && {
            quirks: quirks.map(({ quirk, still, seen }) => ({ id: quirk.id, still, seen })),
          }),
        }),
      };
    });
  } finally {
    for (const worker of workers) worker.stop();
    setWarningHandler(previous);
    await opened?.close();
  }
}

/** Opens where cases come from. Wrong variants need no reference: they run while it starts. */
async function openSource(
  options: ParityOptions,
  { only, cells }: Chosen,
  { log, meanwhile }: { log: (line: string) => void; meanwhile: () => Promise<void> },
): Promise<Source> {
  if (!options.golden) {
    const realTexts = only === undefined && cells.length > 0;
    return await liveSource({ ...options, python: options.python, realTexts, log, meanwhile });
  }
  await meanwhile();
  return goldenSource();
}

interface TrainingsCompared {
  readonly results: readonly TrainingResult[];
  /** Checks that the reference failed on. */
  readonly lost: readonly Unchecked[];
  readonly kills?: TrainingKillSummary;
}

/**
 * Training, and the wrong variants of the trainer unless one check is asked for by its path, or a number of steps: the
 * default number catches them all.
 */
async function compareTraining(
  checks: readonly TrainingCheck[],
  { reference }: Source,
  { path, steps, shard }: ParityOptions,
  progress: Progress,
): Promise<TrainingsCompared> {
  if (reference === undefined || checks.length === 0) return { results: [], lost: [] };
  const withMutants = path === undefined && steps === undefined;
  const lost: Unchecked[] = [];
  const { results, mutants, survivors } = await runTraining(checks, {
    reference,
    withMutants,
    ...(steps !== undefined && { steps }),
    onCheck: (name) => progress.advance(name),
    onLost: (what, why) => lost.push({ what, why }),
    onMutant: (id) => progress.note(`wrong variant ${id}`),
  });
  // A shard's checks may have no wrong variants of their own.
  const isDue = shard === undefined || mutants > 0;
  if (!withMutants || !isDue || lost.length > 0) return { results, lost };
  return { results, lost, kills: { mutants, killed: mutants - survivors.length, survivors } };
}

/** Asks about the ledger; what the reference failed on is added to `unchecked`. */
async function askQuirks(source: Source, unchecked: Unchecked[]): ReturnType<Source['quirks']> {
  try {
    return await source.quirks();
  } catch (error) {
    const why = failureOf(error);
    if (why === undefined) throw error;
    unchecked.push({ what: 'the quirks of the reference', why });
    return undefined;
  }
}

/** Runs wrong variants on the recorded cases with tfjs's own kernels, so that the rate is the same on every machine. */
async function countKills(progress: Progress): Promise<KillSummary> {
  await setEngine('cpu');
  const { results, killed, equivalent, survived } = await killRate(loadGolden().cases, {
    onMutant: (id) => progress.note(`wrong variant ${id}`),
  });
  const survivors = survived.map(({ mutant }) => mutant.id);
  return { mutants: results.length, killed, equivalent: equivalent.length, survivors };
}
