import { STRATA, strataOf } from '../arbitraries/strata.js';
import { MODEL_PATH } from '../models/model-case.js';
import { selectModelCells } from '../models/plan.js';
import { cellName, selectCells } from '../suite.js';

/** The lines of the table, and the kinds of data that each is compared on. */
export function renderList(losses: readonly string[], formats: readonly string[]): string {
  const cells = selectCells(losses, formats).map(
    (cell) => `${cellName(cell)}  (${strataOf(cell).length} kinds of data)`,
  );
  const models = selectModelCells({ losses, formats }).map(
    ({ source, check, cases }) =>
      `${MODEL_PATH}${source.name}/${check}  (${cases.length} of ${source.family}, ${source.backbone})`,
  );
  const strata = STRATA.map(({ id, what }) => `${id.padEnd(16)} ${what}`);
  return [...cells, '', ...models, '', ...strata, ''].join('\n');
}
