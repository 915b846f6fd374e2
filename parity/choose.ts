import { UsageError } from '../src/index.js';
import type { ParityOptions } from './command.js';
import { fc } from './fast-check.js';
import { MODEL_PATH } from './models/model-case.js';
import { type ModelCell, modelCellOf, modelCells, selectModelCells } from './models/plan.js';
import { checkOrigin, type Origin } from './origin.js';
import { type PlannedCase, readPath, stratumSource } from './plan.js';
import { caseFiles, readRegression } from './regressions.js';
import type { Source } from './source.js';
import { type Cell, cellName, selectCells, suiteCells } from './suite.js';
import { type TrainingCheck, TRAINING_PATH } from './training/check.js';
import { selectTraining } from './training/run-training.js';

export interface Chosen {
  /** Cells of losses. */
  readonly cells: readonly Cell[];
  /** Cells of whole models; none if only some losses or their recorded results are requested. */
  readonly models: readonly ModelCell[];
  /** Checks of training; none unless they are asked for. */
  readonly training: readonly TrainingCheck[];
  /** The single requested case, instead of all cases that the source plans. */
  readonly only?: (cell: Cell) => PlannedCase[];
  readonly judge?: Source['judge'];
}

/**
 * The cells that the options request, or the single case. Throws a UsageError or CaseFileError if they do not exist.
 */
export function chooseCells(options: ParityOptions, origin: Origin): Chosen {
  const { losses, formats, path, replay, golden, model, training, implementation } = options;
  requireTraining(options);
  if (path !== undefined) return chooseCase(path, options);
  if (replay !== undefined) return chooseSaved(replay, options, origin);
  if (training !== undefined) return chooseTraining(training === true ? [] : training, options);
  if (model !== undefined) {
    if (golden) {
      throw new UsageError(
        '--model needs the reference, since no results of models are recorded; leave out --golden',
      );
    }
    const chosen = selectModelCells({ models: model === true ? [] : model, losses, formats });
    if (chosen.length === 0) throw new UsageError('no model is compared on these losses and formats');
    return { cells: [], models: chosen, training: [] };
  }
  const everything = losses.length + formats.length === 0 && !golden && implementation === undefined;
  const cells = selectCells(losses, formats);
  if (cells.length === 0) {
    throw new UsageError(
      `${losses.join(', ')} is not compared on data of the format ${formats.join(', ')}; --list prints what is`,
    );
  }
  return { cells, models: everything ? modelCells() : [], training: [] };
}

function chooseCase(path: string, options: ParityOptions): Chosen {
  const { seed, golden } = options;
  if (golden) {
    throw new UsageError('--path makes a new case, for which nothing is recorded; leave out --golden');
  }
  if (path.startsWith(MODEL_PATH)) return { cells: [], models: [modelCellOf(path)], training: [] };
  if (path.startsWith(TRAINING_PATH)) return chooseTraining([path.slice(TRAINING_PATH.length)], options);
  const found = readPath(path, suiteCells());
  const source = stratumSource(found.cell, found.stratum, seed);
  const cases = fc.sample(source.arbitrary, { seed: source.seed, path: found.path, numRuns: 1 });
  return {
    cells: [found.cell],
    models: [],
    training: [],
    only: () => cases.map((one) => ({ case: one, path })),
  };
}

/** @throws UsageError for options of training where nothing is trained */
function requireTraining({ training, path, steps, svg }: ParityOptions): void {
  if (training !== undefined || path?.startsWith(TRAINING_PATH) === true) return;
  const stray = steps === undefined ? svg && '--svg' : '--steps';
  if (stray !== undefined) throw new UsageError(`${stray} is about training; add --training`);
}

function chooseTraining(names: readonly string[], options: ParityOptions): Chosen {
  const { golden, implementation, losses, formats, model } = options;
  if (golden) {
    throw new UsageError(
      '--training needs the reference: of training nothing is recorded; leave out --golden',
    );
  }
  if (implementation !== undefined || model !== undefined || losses.length + formats.length > 0) {
    throw new UsageError(
      '--training compares the trainer of this package by runs of its own; leave out --losses, --formats, --model and --implementation',
    );
  }
  return { cells: [], models: [], training: selectTraining(names) };
}

/** The case of a file, or the cases of a folder. */
function chooseSaved(path: string, { golden, anyway }: ParityOptions, origin: Origin): Chosen {
  const saved = caseFiles(path).map((file) => ({ file, ...readRegression(file) }));
  if (!anyway) for (const one of saved) checkOrigin(one.file, one.origin, origin);
  const nameOf = ({ case: one }: (typeof saved)[number]): string =>
    `${one.loss}/${one.wrapper}/${one.format}`;
  const cells = suiteCells().filter((cell) => saved.some((one) => nameOf(one) === cellName(cell)));
  const stray = saved.find((one) => !cells.some((cell) => nameOf(one) === cellName(cell)));
  if (stray !== undefined) {
    throw new UsageError(`${stray.file} holds a case of ${nameOf(stray)}, which the suite does not have`);
  }
  const legs = new Map(saved.map((one) => [one.case, one.legs]));
  return {
    cells,
    models: [],
    training: [],
    only: (cell) =>
      saved
        .filter((one) => nameOf(one) === cellName(cell))
        .map((one) => ({ case: one.case, path: one.file })),
    ...(golden ? { judge: async (cases) => cases.flatMap((one) => legs.get(one) ?? []) } : {}),
  };
}
