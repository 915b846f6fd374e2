import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import type { ParityOptions } from './command.js';
import { type Implementation, OURS } from './implementation.js';
import { MODEL_PATH } from './models/model-case.js';
import { type ModelCell, modelCellOf, modelCells, selectModelCells } from './models/plan.js';
import { type PlannedCase, readPath, stratumSource } from './plan.js';
import { readRegression } from './regressions.js';
import type { Source } from './source.js';
import { type Cell, cellName, selectCells, suiteCells } from './suite.js';

export interface Chosen {
  /** Of losses. */
  readonly cells: readonly Cell[];
  /** Of whole models; none where a part of the losses, or what is recorded of them, is asked for. */
  readonly models: readonly ModelCell[];
  /** The one case that is asked for, instead of all that the source plans. */
  readonly only?: (cell: Cell) => PlannedCase[];
  readonly judge?: Source['judge'];
}

/** The cells that the options ask for, or the one case. Throws a RangeError or CaseFileError for what there is not. */
export function chooseCells(options: ParityOptions): Chosen {
  const { losses, formats, path, replay, golden, model, implementation } = options;
  if (path !== undefined) return chooseCase(path, options);
  if (replay !== undefined) return chooseSaved(replay, golden);
  if (model !== undefined) {
    if (golden)
      throw new RangeError('--model needs the reference: of models nothing is recorded; leave out --golden');
    const chosen = selectModelCells({ models: model === true ? [] : model, losses, formats });
    if (chosen.length === 0) throw new RangeError('no model is compared on these losses and formats');
    return { cells: [], models: chosen };
  }
  const everything = losses.length + formats.length === 0 && !golden && implementation === undefined;
  return { cells: selectCells(losses, formats), models: everything ? modelCells() : [] };
}

function chooseCase(path: string, { seed, golden }: ParityOptions): Chosen {
  if (golden)
    throw new RangeError('--path makes a case anew, for which nothing is recorded; leave out --golden');
  if (path.startsWith(MODEL_PATH)) return { cells: [], models: [modelCellOf(path)] };
  const found = readPath(path, suiteCells());
  const source = stratumSource(found.cell, found.stratum, seed);
  const cases = fc.sample(source.arbitrary, { seed: source.seed, path: found.path, numRuns: 1 });
  return { cells: [found.cell], models: [], only: () => cases.map((one) => ({ case: one, path })) };
}

function chooseSaved(file: string, golden: boolean): Chosen {
  const judged = readRegression(file);
  const name = `${judged.case.loss}/${judged.case.wrapper}/${judged.case.format}`;
  const cells = suiteCells().filter((cell) => cellName(cell) === name);
  if (cells.length === 0)
    throw new RangeError(`${file} holds a case of ${name}, which the suite does not have`);
  return {
    cells,
    models: [],
    only: () => [{ case: judged.case, path: file }],
    ...(golden ? { judge: async () => [judged.legs] } : {}),
  };
}

/** A port under judgement: a module whose default export has `losses` and `functions` to put in place of ours. */
export async function loadImplementation(path: string | undefined): Promise<Implementation> {
  if (path === undefined) return OURS;
  const loaded = (await import(pathToFileURL(resolve(path)).href)) as { default?: Partial<Implementation> };
  const port = loaded.default;
  if (typeof port !== 'object' || port === null) {
    throw new RangeError(
      `${path} has no default export; expected an object { losses: { NAME: class }, functions: {} }`,
    );
  }
  return { losses: { ...OURS.losses, ...port.losses }, functions: { ...OURS.functions, ...port.functions } };
}
