import type { EngineName } from '../../src/index.js';
import type { Chosen } from '../choose.js';
import type { ModelsPart } from '../models/compare-models.js';
import type { ModelCell } from '../models/plan.js';
import type { ModelCellResult } from '../models/run-models.js';
import type { CellResult } from '../run-suite.js';
import type { Cell } from '../suite.js';

/** One of `count` processes that share a run: process 0 is the command itself. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/** Whole cells, and whole models, in turn: the first to process 0, the second to process 1, and so on. */
export function shareOf(
  { cells, models }: Chosen,
  { index, count }: Share,
): Pick<Chosen, 'cells' | 'models'> {
  const own = (at: number): boolean => at % count === index;
  const sources = [...new Set(models.map(({ source }) => source))];
  return {
    cells: cells.filter((_, at) => own(at)),
    models: models.filter(({ source }) => own(sources.indexOf(source))),
  };
}

/** The most processes that have something to do. */
export const mostWorkers = ({ cells, models }: Chosen): number =>
  Math.max(1, cells.length, new Set(models.map(({ source }) => source)).size);

/** What a process found, with the positions of cells in the table, since a model's cell cannot be sent. */
export interface Sent {
  readonly losses: readonly (Omit<CellResult, 'cell'> & { readonly at: number })[];
  readonly models: Omit<ModelsPart, 'results'> & {
    readonly results: readonly (Omit<ModelCellResult, 'cell'> & { readonly at: number })[];
  };
}

/** Results of all processes in the order of the table, and of the engines for each cell. */
export function inTableOrder<T extends { readonly at: number; readonly backend: string }>(
  results: readonly T[],
  backends: readonly EngineName[],
): T[] {
  const engine = ({ backend }: T): number => backends.findIndex((name) => name === backend);
  return results.toSorted((a, b) => a.at - b.at || engine(a) - engine(b));
}

export const placeOfCell = (cells: readonly Cell[], { loss, wrapper, format }: Cell): number =>
  cells.findIndex((each) => each.loss === loss && each.wrapper === wrapper && each.format.id === format.id);

export const placeOfModel = (models: readonly ModelCell[], { source, check }: ModelCell): number =>
  models.findIndex((each) => each.source === source && each.check === check);
