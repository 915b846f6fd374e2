import type { EngineName } from '../../src/index.js';
import type { Chosen } from '../choose.js';
import type { ParityOptions } from '../command.js';
import type { Implementation } from '../implementation.js';
import { compareModels, type ModelsPart } from '../models/compare-models.js';
import type { PlannedCase } from '../plan.js';
import { type CellResult, runSuite } from '../run-suite.js';
import type { Source } from '../source.js';
import { cellName } from '../suite.js';
import { placeOfCell, placeOfModel, type Sent, type Share, shareOf } from './share.js';

export interface ShareRun {
  readonly options: ParityOptions;
  readonly backends: readonly [EngineName, ...EngineName[]];
  readonly source: Source;
  readonly implementation: Implementation;
  readonly onCase?: (planned: PlannedCase) => void;
  readonly onCell: (name: string) => void;
}

/** Judges the cells of losses that belong to a share. */
export async function judgeLosses(chosen: Chosen, share: Share, run: ShareRun): Promise<Sent['losses']> {
  const { source, implementation, backends, onCase, onCell } = run;
  const plan = chosen.only ?? source.plan;
  const results = await runSuite(shareOf(chosen, share).cells, {
    plan: (cell) => {
      const planned = plan(cell);
      if (onCase !== undefined) planned.forEach(onCase);
      return planned;
    },
    judge: chosen.judge ?? source.judge,
    implementation,
    backends,
    onCell: ({ cell }) => onCell(cellName(cell)),
  });
  return results.map(({ cell, ...rest }: CellResult) => ({ ...rest, at: placeOfCell(chosen.cells, cell) }));
}

/** Judges the models that belong to a share. */
export async function judgeModels(chosen: Chosen, share: Share, run: ShareRun): Promise<Sent['models']> {
  const { reference } = run.source;
  const part: ModelsPart = await compareModels(shareOf(chosen, share).models, { ...run, reference });
  const results = part.results.map(({ cell, ...rest }) => ({
    ...rest,
    at: placeOfModel(chosen.models, cell),
  }));
  return { ...part, results };
}
