import { InputError } from '../errors.js';
import { nearestName } from '../options.js';
import { type Dataset, placeIn, type Row } from './dataset.js';

/**
 * Selects and reorders columns of a data set. The order decides the role of each column in a loss.
 *
 * @throws InputError if a column does not exist
 */
export function selectColumns(dataset: Dataset, columns: readonly string[], where: string): Dataset {
  for (const name of columns) {
    if (dataset.columns.includes(name)) continue;
    const nearest = nearestName(name, dataset.columns);
    throw new InputError(
      `${where} has no column ${JSON.stringify(name)}; ` +
        (nearest === undefined ? `it has ${dataset.columns.join(', ')}` : `did you mean "${nearest}"?`),
    );
  }
  // A value that a row lacks stays absent. The error comes where the value is needed.
  const select = (row: Row): Row =>
    Object.fromEntries(columns.filter((name) => Object.hasOwn(row, name)).map((name) => [name, row[name]]));
  return {
    columns,
    length: dataset.length,
    rows: async (indices) => (await dataset.rows(indices)).map(select),
    placeOf: (index) => placeIn(dataset, index),
    ...(dataset.close !== undefined && { close: () => dataset.close?.() ?? Promise.resolve() }),
  };
}
