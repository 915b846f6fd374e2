import { checkArguments } from '../arguments.js';
import { type Dataset, isDataset, placeIn } from '../datasets/dataset.js';
import { eachRow } from '../datasets/each-row.js';
import { selectColumns } from '../datasets/select-columns.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { aText, type OptionRules, resolveOptions } from '../options.js';
import { textIn } from './anchors.js';
import type { ScoreDocuments } from './options.js';

export interface ScoreColumns {
  /** Default "anchor". */
  readonly anchor?: string;
  /** Default "positive". */
  readonly document?: string;
  /** Default "score". */
  readonly score?: string;
}

const RULES: OptionRules<Required<ScoreColumns>> = {
  anchor: { ...aText, default: 'anchor' },
  document: { ...aText, default: 'positive' },
  score: { ...aText, default: 'score' },
};

/**
 * Scores of pairs that were computed elsewhere, such as by a cross-encoder, as the `crossEncoder` of a mining. It has the
 * score of each row of the data set, the last one if a pair occurs again, and undefined for other pairs.
 *
 *     const crossEncoder = await scoresFrom(await readDataset('scored.jsonl'));
 *     const mined = mineHardNegatives(pairs, model, { crossEncoder, relativeMargin: 0.05 });
 *
 * @throws InputError that names the row and its column, if a cell is not a text or not a finite score
 */
export async function scoresFrom(dataset: Dataset, columns: ScoreColumns = {}): Promise<ScoreDocuments> {
  checkArguments(
    'scoresFrom',
    { dataset: { expects: 'a data set of scored pairs', accepts: isDataset } },
    { dataset },
  );
  const { anchor, document, score } = resolveOptions('scoresFrom', RULES, columns);
  const known = new Map<string, Map<string, number>>();
  const selected = selectColumns(dataset, [anchor, document, score], 'the data set of scores');
  for await (const [index, row] of eachRow(selected)) {
    const place = placeIn(dataset, index);
    const query = textIn(row, anchor, place);
    const value = row[score];
    if (!Number.isFinite(value)) {
      throw new InputError(`${place}: ${score} is ${describe(value)}; expected a finite number`);
    }
    const scores = known.get(query) ?? new Map<string, number>();
    known.set(query, scores.set(textIn(row, document, place), value as number));
  }
  return (query, documents) => documents.map((each) => known.get(query)?.get(each));
}
