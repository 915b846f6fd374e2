import { renameSync, writeFileSync } from 'node:fs';
import { setWarningHandler } from '../src/index.js';
import { setEngine } from '../src/engine/set-engine.js';
import { chooseCells, loadImplementation } from './choose.js';
import type { ParityOptions } from './command.js';
import { TOLERANCE } from './compare.js';
import { type Implementation, OURS } from './implementation.js';
import { loadGolden } from './golden.js';
import { modelKills } from './models/kill-rate.js';
import { MODEL_MUTANTS } from './models/mutants.js';
import type { ModelCell } from './models/plan.js';
import { type ModelCellResult, runModels } from './models/run-models.js';
import { killRate } from './mutants/kill-rate.js';
import { openProgress, type Progress } from '../src/progress.js';
import { PORT_REGRESSIONS, regressionsFolder, saveRegression } from './regressions.js';
import type { KillSummary, ModelKillSummary, SuiteReport } from './report/report.js';
import { renderJson } from './report/json.js';
import { renderJunit } from './report/junit.js';
import { type CellResult, runSuite } from './run-suite.js';
import { shrinkFailure } from './shrink.js';
import { goldenSource, liveSource, type Source } from './source.js';
import { cellName, suiteCells } from './suite.js';

/** So many failures are shrunk and saved; a broken loss fails in hundreds of cases. */
const MOST_SAVED = 5;

/** Runs the suite as the options say and writes the reports. Throws for wrong use and a missing environment. */
export async function runParity(options: ParityOptions, log: (line: string) => void): Promise<SuiteReport> {
  const begin = performance.now();
  const chosen = chooseCells(options);
  const implementation = await loadImplementation(options.implementation);
  await setEngine(options.backend);
  // Every combination of options is tried, also those that a user is warned of.
  const previous = setWarningHandler(() => undefined);
  const source = options.golden
    ? goldenSource()
    : await liveSource({ ...options, python: options.python, realTexts: chosen.cells.length > 0, log });
  try {
    const selected = options.losses.length + options.formats.length > 0;
    const whole = chosen.only === undefined && chosen.cells.length > 0 && !selected;
    const progress = openProgress(chosen.cells.length + chosen.models.length);
    const results = await runSuite(chosen.cells, {
      plan: chosen.only ?? source.plan,
      judge: chosen.judge ?? source.judge,
      implementation,
      onCell: ({ cell }) => progress.advance(cellName(cell)),
    });
    const { shown, saved } = await saveFailures(results, source, options, implementation);
    const models = await compareModels(chosen.models, source, { options, implementation, progress });
    const proveItself = whole && implementation === OURS;
    const kills = proveItself ? await countKills(progress) : undefined;
    progress.stop();
    const quirks = proveItself ? await source.quirks() : undefined;
    const count = (of: (result: CellResult | ModelCellResult) => number): number =>
      [...results, ...models.results].reduce((sum, one) => sum + of(one), 0);
    const report: SuiteReport = {
      seed: options.seed,
      backend: options.backend,
      golden: options.golden,
      tolerance: TOLERANCE,
      reference: source.versions,
      results: shown,
      models: models.results,
      saved,
      summary: {
        cases: count(({ cases }) => cases),
        mismatches: count(({ failures }) => failures.length),
        seconds: (performance.now() - begin) / 1000,
      },
      ...(kills === undefined ? {} : { kills }),
      ...(models.kills === undefined ? {} : { modelKills: models.kills }),
      ...(quirks === undefined
        ? {}
        : { quirks: quirks.map(({ quirk, still, seen }) => ({ id: quirk.id, still, seen })) }),
    };
    if (options.json !== undefined) writeWhole(options.json, renderJson(report));
    if (options.junit !== undefined) writeWhole(options.junit, renderJunit(report));
    return report;
  } finally {
    setWarningHandler(previous);
    await source.close();
  }
}

/** Shrinks and saves the first failure of the first cells that have one. */
async function saveFailures(
  results: readonly CellResult[],
  source: Source,
  { seed, golden, replay, backend }: ParityOptions,
  implementation: Implementation,
): Promise<{ shown: CellResult[]; saved: Map<string, string> }> {
  // What a port gets wrong, or TensorFlow's kernels, is no regression of ours.
  const isOurs = implementation === OURS && backend !== 'tensorflow';
  const folder = isOurs ? regressionsFolder() : PORT_REGRESSIONS;
  const saved = new Map<string, string>();
  const shown: CellResult[] = [];
  for (const result of results) {
    const [first, ...rest] = result.failures;
    if (first === undefined || replay !== undefined || saved.size >= MOST_SAVED) {
      shown.push(result);
      continue;
    }
    const generated = !golden && !first.path.includes('#regression ') && !first.path.endsWith('#real-text');
    const smallest = generated
      ? await shrinkFailure(first, seed, suiteCells(), source.judge, implementation)
      : first;
    saved.set(smallest.path, saveRegression(smallest.path, smallest.judged, folder));
    shown.push({ ...result, failures: [smallest, ...rest] });
  }
  return { shown, saved };
}

interface ModelsCompared {
  readonly results: readonly ModelCellResult[];
  readonly kills?: ModelKillSummary;
}

/** Whole models; where every case of a model is compared, its wrong variants meet them as well. */
async function compareModels(
  cells: readonly ModelCell[],
  { reference }: Source,
  given: { options: ParityOptions; implementation: Implementation; progress: Progress },
): Promise<ModelsCompared> {
  if (reference === undefined || cells.length === 0) return { results: [] };
  const { options, implementation, progress } = given;
  const survivors: string[] = [];
  let mutants = 0;
  const selected = options.path !== undefined || options.losses.length + options.formats.length > 0;
  const results = await runModels(cells, {
    reference,
    seed: options.seed,
    backend: options.backend,
    implementation,
    onCell: ({ cell }) => progress.advance(`${cell.source.name} ${cell.check}`),
    onModel: async (subject, judged, { name }) => {
      const own = selected ? [] : MODEL_MUTANTS.filter(({ model }) => model === name);
      const kills = await modelKills(subject, judged, own);
      mutants += own.length;
      survivors.push(...kills.survivors.map(({ id }) => id));
    },
  });
  return { results, ...(mutants > 0 && { kills: { mutants, survivors } }) };
}

/** Wrong variants meet the recorded cases on tfjs's own kernels: the rate then says the same on every machine. */
async function countKills(progress: Progress): Promise<KillSummary> {
  await setEngine('cpu');
  const { results, killed, equivalent, survived } = await killRate(loadGolden().cases, {
    onMutant: (id) => progress.note(`wrong variant ${id}`),
  });
  const survivors = survived.map(({ mutant }) => mutant.id);
  return { mutants: results.length, killed, equivalent: equivalent.length, survivors };
}

function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}
