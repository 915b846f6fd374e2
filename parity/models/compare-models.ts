import type { Reference } from '../../src/python/bridge.js';
import type { ParityOptions } from '../command.js';
import type { Implementation } from '../implementation.js';
import type { ModelKillSummary, Unchecked } from '../report/report.js';
import { modelKills } from './kill-rate.js';
import { MODEL_PATH } from './model-case.js';
import { MODEL_MUTANTS } from './mutants.js';
import type { ModelCell } from './plan.js';
import { type ModelCellResult, type ModelRun, runModels } from './run-models.js';

/** What was found on some of the models. */
export interface ModelsPart {
  readonly results: readonly ModelCellResult[];
  readonly mutants: number;
  /** The ids of wrong variants that no case caught. */
  readonly survivors: readonly string[];
  /** Models that the reference failed on. */
  readonly lost: readonly Unchecked[];
}

const NO_MODELS: ModelsPart = { results: [], mutants: 0, survivors: [], lost: [] };

export interface ModelsCompared {
  readonly results: readonly ModelCellResult[];
  /** Models that are not on this machine. */
  readonly absent: readonly string[];
  readonly lost: readonly Unchecked[];
  readonly kills?: ModelKillSummary;
}

interface Given {
  readonly reference: Pick<Reference, 'call'> | undefined;
  readonly options: ParityOptions;
  readonly backends: ModelRun['backends'];
  readonly implementation: Implementation;
  readonly onCell: (name: string) => void;
}

/** Compares whole models. If every case of a model is compared, its wrong variants run on them as well. */
export async function compareModels(cells: readonly ModelCell[], given: Given): Promise<ModelsPart> {
  const { reference, options, backends, implementation, onCell } = given;
  if (reference === undefined || cells.length === 0) return NO_MODELS;
  const survivors: string[] = [];
  const lost: Unchecked[] = [];
  let mutants = 0;
  const results = await runModels(cells, {
    reference,
    seed: options.seed,
    backends,
    implementation,
    onCell: ({ cell }) => onCell(`${cell.source.name} ${cell.check}`),
    onLost: ({ name }, why) => lost.push({ what: `${MODEL_PATH}${name}`, why }),
    onModel: async (subject, judged, { name }) => {
      const own = isSelected(options) ? [] : MODEL_MUTANTS.filter(({ model }) => model === name);
      const kills = await modelKills(subject, judged, own);
      mutants += own.length;
      survivors.push(...kills.survivors.map(({ id }) => id));
    },
  });
  return { results, mutants, survivors, lost };
}

/** All parts together, the results in the order of the cells. */
export function joinModels(
  cells: readonly ModelCell[],
  results: readonly ModelCellResult[],
  parts: readonly Omit<ModelsPart, 'results'>[],
  options: ParityOptions,
): ModelsCompared {
  const mutants = parts.reduce((sum, part) => sum + part.mutants, 0);
  const alive = new Set(parts.flatMap((part) => part.survivors));
  const survivors = MODEL_MUTANTS.map(({ id }) => id).filter((id) => alive.has(id));
  const lost = parts.flatMap((part) => part.lost);
  const failed = lost.map(({ what }) => what.slice(MODEL_PATH.length));
  const present = new Set([...results.map(({ cell }) => cell.source.name), ...failed]);
  const absent = [...new Set(cells.map(({ source }) => source.name))].filter((name) => !present.has(name));
  // A model that is named may have no wrong variants of its own.
  const due = cells.length > 0 && !isSelected(options) && !Array.isArray(options.model) && lost.length === 0;
  return { results, absent, lost, ...((due || mutants > 0) && { kills: { mutants, survivors } }) };
}

const isSelected = ({ path, losses, formats }: ParityOptions): boolean =>
  path !== undefined || losses.length + formats.length > 0;
