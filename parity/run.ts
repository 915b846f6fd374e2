import { type EngineName, setEngine, setWarningHandler, UsageError } from '../src/index.js';
import { openProgress, type Progress } from '../src/progress.js';
import { chooseCells } from './choose.js';
import { DEFAULT_SEED, type ParityOptions } from './command.js';
import { TOLERANCE } from './compare.js';
import { fixturesFolder } from './fixtures.js';
import { loadGolden } from './golden.js';
import { type Implementation, OURS } from './implementation.js';
import { failureOf } from './judge-or-name.js';
import { modelKills } from './models/kill-rate.js';
import { MODEL_PATH } from './models/model-case.js';
import { MODEL_MUTANTS } from './models/mutants.js';
import type { ModelCell } from './models/plan.js';
import { type ModelCellResult, type ModelRun, runModels } from './models/run-models.js';
import { killRate } from './mutants/kill-rate.js';
import type { Origin } from './origin.js';
import { loadPort } from './port/load-port.js';
import { ReplacedWatch } from './port/verdicts.js';
import { repeatOf } from './report/repeat.js';
import type {
  KillSummary,
  ModelKillSummary,
  SuiteReport,
  TrainingKillSummary,
  Unchecked,
} from './report/report.js';
import { type CellResult, runSuite } from './run-suite.js';
import { type SavedFailures, saveFailures } from './save-failures.js';
import { ofShard } from './shard.js';
import { goldenSource, liveSource, type Source } from './source.js';
import { cellName } from './suite.js';
import type { TrainingCheck, TrainingResult } from './training/check.js';
import { runTraining } from './training/run-training.js';

/** As for the reference. Cases are small, so a second thread of ONNX Runtime would only wait for the first. */
const THREADS = 1;

/**
 * Runs the suite as the options say, and reports on each engine. The reference is asked once for all engines; what does
 * not depend on the engine (wrong variants, quirks) is told with the first.
 *
 * Throws for wrong use and a missing environment.
 */
export async function runParity(options: ParityOptions, log: (line: string) => void): Promise<SuiteReport[]> {
  const begin = performance.now();
  const port = options.implementation === undefined ? undefined : await loadPort(options.implementation);
  const implementation = port?.implementation ?? OURS;
  const originOn = (backend: EngineName): Origin => ({
    implementation: port === undefined ? null : { path: port.path, sha256: port.sha256 },
    backend,
  });
  const [first, ...others] = options.backend;
  if (first === undefined) throw new UsageError('--backend names no engine');
  if (options.replay !== undefined && others.length > 0) {
    throw new UsageError('--replay judges on one engine; name one with --backend');
  }
  const { shard } = options;
  const chosen = ofShard(chooseCells(options, originOn(first)), shard);
  // A missing package is reported before a Python environment is made.
  if (chosen.only === undefined) fixturesFolder();
  for (const backend of options.backend.toReversed()) {
    await setEngine(backend, backend === 'onnx' ? { threads: THREADS } : undefined);
  }
  // Every combination of options is tried, including those that cause warnings.
  const previous = setWarningHandler(() => undefined);
  const source = options.golden
    ? goldenSource()
    : await liveSource({
        ...options,
        python: options.python,
        realTexts: chosen.only === undefined && chosen.cells.length > 0,
        log,
      });
  try {
    const selected = options.losses.length + options.formats.length > 0;
    const whole = chosen.only === undefined && chosen.cells.length > 0 && !selected;
    const progress = openProgress(
      (chosen.cells.length + chosen.models.length) * options.backend.length + chosen.training.length,
    );
    const watch = new ReplacedWatch(port?.replaced ?? []);
    const plan = chosen.only ?? source.plan;
    const results = await runSuite(chosen.cells, {
      plan: (cell) => {
        const planned = plan(cell);
        for (const { case: one } of planned) watch.saw(one);
        return planned;
      },
      judge: chosen.judge ?? source.judge,
      implementation,
      backends: options.backend,
      onCell: ({ cell }) => progress.advance(cellName(cell)),
    });
    watch.endLosses();
    const failures = new Map<EngineName, SavedFailures>();
    for (const backend of options.backend) {
      await setEngine(backend);
      const own = results.filter((result) => result.backend === backend);
      const origin = originOn(backend);
      failures.set(backend, await saveFailures(own, { options, implementation, origin, source }));
    }
    watch.beginModels();
    const models = await compareModels(chosen.models, source, {
      options,
      backends: [first, ...others],
      implementation,
      progress,
    });
    const training = await compareTraining(chosen.training, source, options, progress);
    // What is proved once for a run is the work of its first shard.
    const proveItself = whole && implementation === OURS && (shard?.index ?? 1) === 1;
    const kills = proveItself ? await countKills(progress) : undefined;
    progress.stop();
    const unchecked = [...models.lost, ...training.lost];
    const quirks = proveItself ? await askQuirks(source, unchecked) : undefined;
    const seconds = (performance.now() - begin) / 1000;
    return options.backend.map((backend) => {
      const { shown, saved } = failures.get(backend) as SavedFailures;
      const ownModels = models.results.filter((result) => result.backend === backend);
      // The trainer runs on the onnx engine, whatever engines were asked for.
      const ownTraining = backend === first ? training.results : [];
      const count = (of: (result: CellResult | ModelCellResult | TrainingResult) => number): number =>
        [...shown, ...ownModels, ...ownTraining].reduce((sum, one) => sum + of(one), 0);
      return {
        // Recorded cases were made from the default seed.
        seed: options.golden ? DEFAULT_SEED : options.seed,
        backend,
        golden: options.golden,
        tolerance: TOLERANCE,
        reference: source.versions,
        results: shown,
        models: ownModels,
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
    setWarningHandler(previous);
    await source.close();
  }
}

interface ModelsCompared {
  readonly results: readonly ModelCellResult[];
  /** Models that are not on this machine. */
  readonly absent: readonly string[];
  /** Models that the reference failed on. */
  readonly lost: readonly Unchecked[];
  readonly kills?: ModelKillSummary;
}

/** Compares whole models. If every case of a model is compared, its wrong variants run on them as well. */
async function compareModels(
  cells: readonly ModelCell[],
  { reference }: Source,
  given: {
    options: ParityOptions;
    backends: ModelRun['backends'];
    implementation: Implementation;
    progress: Progress;
  },
): Promise<ModelsCompared> {
  if (reference === undefined || cells.length === 0) return { results: [], absent: [], lost: [] };
  const { options, backends, implementation, progress } = given;
  const survivors: string[] = [];
  const lost: Unchecked[] = [];
  let mutants = 0;
  const selected = options.path !== undefined || options.losses.length + options.formats.length > 0;
  const results = await runModels(cells, {
    reference,
    seed: options.seed,
    backends,
    implementation,
    onCell: ({ cell }) => progress.advance(`${cell.source.name} ${cell.check}`),
    onLost: ({ name }, why) => lost.push({ what: `${MODEL_PATH}${name}`, why }),
    onModel: async (subject, judged, { name }) => {
      const own = selected ? [] : MODEL_MUTANTS.filter(({ model }) => model === name);
      const kills = await modelKills(subject, judged, own);
      mutants += own.length;
      survivors.push(...kills.survivors.map(({ id }) => id));
    },
  });
  const failed = lost.map(({ what }) => what.slice(MODEL_PATH.length));
  const present = new Set([...results.map(({ cell }) => cell.source.name), ...failed]);
  const absent = [...new Set(cells.map(({ source }) => source.name))].filter((name) => !present.has(name));
  // A model that is named may have no wrong variants of its own.
  const due = !selected && !Array.isArray(options.model) && lost.length === 0;
  return { results, absent, lost, ...((due || mutants > 0) && { kills: { mutants, survivors } }) };
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
