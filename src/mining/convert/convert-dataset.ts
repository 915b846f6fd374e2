import { checkArguments } from '../../arguments.js';
import { type Dataset, isDataset, type Row } from '../../datasets/dataset.js';
import { resolveOptions } from '../../options.js';
import { type ConvertOptions, CONVERT_RULES, OWNER } from './options.js';
import { pairNames, readExamples } from './read-examples.js';
import { type ConvertCounts, WRITERS } from './write-examples.js';

const DATASET = { expects: 'a data set, such as arrayDataset or readDataset give', accepts: isDataset };

/**
 * Converts training data from one format to another, as rows. Columns of labels are recognized by name, the others by
 * their order; anchors and positives keep their columns' names.
 *
 * | format         | columns of texts                          | labels                                            |
 * | -------------- | ----------------------------------------- | ------------------------------------------------- |
 * | `pair`         | anchor, positive                          | -                                                 |
 * | `triplet`      | anchor, positive, negative                | `scores` [positive, negative], if known           |
 * | `n-tuple`      | anchor, positive, negative_1, ...         | `scores` [positive, negative_1, ...], if known    |
 * | `labeled-pair` | anchor, text                              | `label` 1 or 0; written with scores, `score`      |
 * | `labeled-list` | anchor, list of texts, the positive first | `labels` or `scores`, lists                       |
 * | `class-text`   | text (to read)                            | `label`, a class                                  |
 * | `class-pair`   | sentence1, sentence2 (to read)            | `label`, a class                                  |
 * | `margin-...`   | as without it (to write)                  | margins, the positive's score minus the negative's |
 *
 *     const lists = await readDataset('mined.jsonl');
 *     for await (const row of convertDataset(lists, { from: 'labeled-list', to: 'triplet' })) console.log(row);
 *
 * Rows are read and written one by one. Labeled pairs and classes are held in memory, and so are the pairs that `pair` and
 * `labeled-pair` write only once.
 *
 * @returns the rows; the generator's return value counts the examples that were left out
 * @throws InputError that names the row and its column, if a cell is of the wrong type
 * @throws OptionError for options that are unknown, missing or of the wrong type
 */
export function convertDataset(
  dataset: Dataset,
  options: ConvertOptions,
): AsyncGenerator<Row, ConvertCounts> {
  checkArguments(OWNER, { dataset: DATASET }, { dataset });
  return convertRows(dataset, resolveOptions(OWNER, CONVERT_RULES, options), 'the data set');
}

/** @param name the name of the data set in messages */
export async function* convertRows(
  dataset: Dataset,
  options: Required<ConvertOptions>,
  name: string,
): AsyncGenerator<Row, ConvertCounts> {
  const counts: ConvertCounts = { withoutNegatives: 0 };
  const examples = readExamples(dataset, options, name);
  const write = WRITERS[options.to]({ options, names: pairNames(dataset, options.from), counts });
  for await (const example of examples) yield* write(example);
  return counts;
}
