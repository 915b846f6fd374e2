import { aString, type ArgumentRule, checkArguments } from '../arguments.js';
import { InputError } from '../errors.js';
import { preview } from '../files/preview.js';
import { areStrings } from '../options.js';
import { warn } from '../warnings.js';

/** Names of columns that hold labels. As in the reference, the first one that a data set has is its label column. */
export const LABEL_NAMES = ['label', 'labels', 'score', 'scores'] as const;

/** Names that the reference's trainer uses internally. */
const RESERVED = ['dataset_name', 'return_loss'];

const COLUMNS: ArgumentRule = { expects: 'a list of names', accepts: areStrings };

/** The roles of a data set's columns in a loss. */
export interface TrainingColumns {
  /** The text columns, in order. A loss uses their order and ignores their names. */
  readonly inputs: readonly string[];
  readonly label: string | undefined;
}

/** The usual order of columns with these names. */
const USUAL: readonly (readonly string[])[] = [
  ['anchor', 'positive', 'negative'],
  ['question', 'answer'],
  ['query', 'response'],
  ['hypothesis', 'entailment', 'contradiction'],
];

/**
 * Decides which columns are inputs, and which one holds the labels. The label column is the first existing one of label,
 * labels, score and scores. All others are inputs, in order.
 *
 * @param where the name of the data set, for messages
 * @throws InputError if a name is reserved or occurs twice, or if no input is left
 */
export function trainingColumns(columns: readonly string[], where: string): TrainingColumns {
  checkArguments('trainingColumns', { columns: COLUMNS, where: aString }, { columns, where });
  const reserved = columns.filter((name) => RESERVED.includes(name));
  if (reserved.length > 0) {
    throw new InputError(`${where}: the column name ${reserved.join(', ')} is reserved; rename the column`);
  }
  const twice = columns.find((name, index) => columns.indexOf(name) < index);
  if (twice !== undefined) throw new InputError(`${where}: two columns are named ${preview(twice)}`);
  const label = LABEL_NAMES.find((name) => columns.includes(name));
  const inputs = columns.filter((name) => name !== label);
  if (inputs.length === 0) {
    const known = columns.length === 0 ? 'no columns' : `only the label column ${label}`;
    throw new InputError(`${where}: there are ${known}; expected one column of texts or more`);
  }
  warnAboutOrder(columns, where);
  warnAboutIds(inputs, where);
  return { inputs, label };
}

function warnAboutOrder(columns: readonly string[], where: string): void {
  for (const usual of USUAL) {
    const moved = usual.find((name, place) => columns.includes(name) && columns.indexOf(name) !== place);
    if (moved === undefined) continue;
    warn(
      `${where}: column "${moved}" is number ${columns.indexOf(moved) + 1}; usually it is number ${usual.indexOf(moved) + 1}. ` +
        `A loss goes by the order of the columns, not by their names: expected ${usual.join(', ')}.`,
    );
    return;
  }
}

function warnAboutIds(inputs: readonly string[], where: string): void {
  const ids = inputs.filter((name) => name === 'id' || /_(?:ids?|idx)$/.test(name));
  if (ids.length === 0) return;
  warn(
    `${where}: ${ids.join(', ')} ${ids.length === 1 ? 'looks like a column' : 'look like columns'} of ids, ` +
      'which would be trained on as texts; look up their texts with resolveIds, or leave them out.',
  );
}
