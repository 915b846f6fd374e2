import { checkArguments, objectWith } from '../arguments.js';
import { type Dataset, isDataset, type Row } from '../datasets/dataset.js';
import { Mining, type MiningModel } from './mining.js';
import { type MiningOptions, OWNER, resolveMiningOptions } from './options.js';
import { type MiningReport, reportOf } from './report.js';

const DATASET = {
  expects: 'a data set of pairs, such as arrayDataset or readDataset give',
  accepts: isDataset,
};
const MODEL = objectWith(
  ['encodeQuery', 'encodeDocument'],
  'a model with encodeQuery and encodeDocument, such as a SparseEncoder',
);

/**
 * Finds hard negatives for pairs of queries and positives: texts of the corpus that the model ranks high for a query and
 * that are none of its positives.
 *
 * All documents are searched, exactly. Rows with the same query are read as several positives of one query, and texts
 * that occur several times count once. The corpus consists of the positives of all queries and, if given, `corpus`.
 * Held in memory are the texts, an index of the corpus (6 bytes for each active dimension of a document), and the
 * embeddings of 256 queries. Rows are yielded as they are found, query by query.
 *
 * | outputFormat   | columns after the query's                            | with outputScores           |
 * | -------------- | ---------------------------------------------------- | --------------------------- |
 * | `triplet`      | positive, `negative`                                 | and `scores` [positive, negative] |
 * | `n-tuple`      | positive, `negative_1`, ..., `negative_n`            | and `scores` [positive, negative_1, ...] |
 * | `labeled-pair` | document, `label` 1 or 0                             | `score` instead of `label`  |
 * | `labeled-list` | list of documents, the positive first, list `labels` | `scores` instead of `labels` |
 *
 * The columns of the query and the positive keep their names. A query without enough negatives has no row in `n-tuple`,
 * and fewer in the other formats.
 *
 * Limits apply to the scores that the model itself gives: dot products or cosines, as its `similarityFnName` says.
 * (sentence-transformers normalizes all embeddings first, which is `similarityFnName: 'cosine'`.)
 *
 *     const pairs = await readDataset('pairs.jsonl');
 *     const options = { relativeMargin: 0.05, numNegatives: 5, outputFormat: 'n-tuple' } as const;
 *     for await (const row of mineHardNegatives(pairs, model, options)) console.log(row);
 *
 * @returns the rows; the generator's return value is a report of what was found
 * @throws InputError that names a row and its column, if a cell is not a text
 * @throws OptionError for options that are unknown, of the wrong type, or contradict each other
 * @throws UsageError for a model that compares by a distance, if `similarityFnName` is not given
 * @throws the signal's reason
 */
export function mineHardNegatives(
  dataset: Dataset,
  model: MiningModel,
  options: MiningOptions = {},
): AsyncGenerator<Row, MiningReport> {
  checkArguments(OWNER, { dataset: DATASET, model: MODEL }, { dataset, model });
  resolveMiningOptions(options);
  return rowsOf(dataset, model, options);
}

async function* rowsOf(
  dataset: Dataset,
  model: MiningModel,
  options: MiningOptions,
): AsyncGenerator<Row, MiningReport> {
  const mining = await Mining.open(dataset, model, options);
  for await (const rows of mining.rows()) yield* rows;
  return reportOf(mining.counts);
}
