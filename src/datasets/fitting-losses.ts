import { anObject, aString, type ArgumentRule, checkArguments, isObject } from '../arguments.js';
import { counted } from '../counted.js';
import { InputError } from '../errors.js';
import {
  DATA_FORMATS,
  type DataFormat,
  describeColumns,
  formatsFor,
  LABELS,
  type LabelKind,
  takesColumns,
} from '../losses/catalog.js';
import { warn } from '../warnings.js';
import { describeShape, type LabelShape } from './labels.js';

/** The properties of a data set that decide which losses accept it. */
export interface LossData {
  /** The number of text columns. */
  readonly columns: number;
  /** The shape of one row's label; undefined without labels. */
  readonly labelShape?: LabelShape | undefined;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const DATA: ArgumentRule = {
  expects: 'an object { columns, labelShape } of a number and a list of numbers',
  accepts: (value) => {
    const { columns, labelShape = [] } = Object(value) as Record<string, unknown>;
    return isCount(columns) && Array.isArray(labelShape) && labelShape.every(isCount);
  },
};

/** Whether labels of a kind have this shape in data with this many columns. */
const HAS_SHAPE: Readonly<Record<LabelKind, (shape: LabelShape | undefined, columns: number) => boolean>> = {
  none: (shape) => shape === undefined,
  score: (shape) => shape?.length === 0,
  margin: (shape) => shape?.length === 0,
  margins: (shape, columns) => shape?.length === 1 && shape[0] === columns - 2,
  scores: (shape, columns) => shape?.length === 1 && shape[0] === columns - 1,
  embedding: (shape) => shape?.length === 1,
  embeddings: (shape, columns) => shape?.length === 2 && shape[0] === columns,
  class: (shape) => shape?.length === 0,
};

/** The formats in the table of losses that match a data set. Several match if columns and labels do not distinguish them. */
export function formatsForData({ columns, labelShape }: LossData): readonly DataFormat[] {
  return DATA_FORMATS.filter(
    (format) => takesColumns(format, columns) && HAS_SHAPE[format.labels](labelShape, columns),
  );
}

/**
 * The base losses that accept a data set, recommended ones first.
 *
 *     lossesForData({ columns: 3 })
 *     // ['SparseMultipleNegativesRankingLoss', 'SparseTripletLoss']
 *     lossesForData({ columns: 2, labelShape: [] })
 *     // ['SparseCoSENTLoss', 'SparseAnglELoss', 'SparseCosineSimilarityLoss']
 */
export function lossesForData(data: LossData): readonly string[] {
  checkArguments('lossesForData', { data: DATA }, { data });
  // A list with as many numbers as a row has scores could also be a teacher's embedding, but that is rare.
  const isAnyList = ({ labels }: DataFormat): number => Number(labels === 'embedding');
  const formats = formatsForData(data).toSorted((a, b) => isAnyList(a) - isAnyList(b));
  return [
    ...new Set([
      ...formats.flatMap(({ recommended }) => recommended),
      ...formats.flatMap(({ losses }) => losses),
    ]),
  ];
}

/**
 * Checks that a loss accepts a data set, before anything is computed. For SpladeLoss, CachedSpladeLoss and CSRLoss, the base
 * loss is checked. A user's own loss accepts anything. A loss without labels ignores the data's labels, with a warning.
 *
 * @param where the name of the data set, for messages
 * @throws InputError listing the losses that accept the data
 */
export function checkLossFits(loss: object, data: LossData, where: string): void {
  const rules = { loss: anObject('a loss'), data: DATA, where: aString };
  checkArguments('checkLossFits', rules, { loss, data, where });
  const { name } = baseOf(loss).constructor;
  const taken = formatsFor(name);
  if (taken.length === 0) return;
  const fits = (each: LossData): boolean => formatsForData(each).some((format) => taken.includes(format));
  if (fits(data)) return;
  if (data.labelShape !== undefined && fits({ columns: data.columns })) {
    warn(`${where} has labels, which ${name} ignores.`);
    return;
  }
  const known = lossesForData(data);
  const formats = taken.map((format) => `${describeColumns(format)} with labels: ${LABELS[format.labels]}`);
  throw new InputError(
    `${where} has ${describeData(data)}, which ${name} does not take. It takes ${formats.join('; or ')}. ` +
      (known.length === 0 ? noLossFor(data) : `This data fits ${known.join(', ')}.`),
  );
}

/** A data set in words: `3 columns of texts with labels, a list of 2 each`. */
export function describeData({ columns, labelShape }: LossData): string {
  const texts = `${counted(columns, 'column')} of texts`;
  return labelShape === undefined
    ? `${texts} without labels`
    : `${texts} with labels, ${describeShape(labelShape)} each`;
}

/** Advice for data that no loss accepts. */
export function noLossFor(data: LossData): string {
  const [format] = formatsForData(data).filter(({ conversion }) => conversion !== undefined);
  return format?.conversion === undefined
    ? 'No loss takes this data.'
    : `No loss takes this data; ${format.conversion.function} makes ${format.conversion.to}s of it.`;
}

function baseOf(loss: object): object {
  const { loss: base } = loss as { readonly loss?: unknown };
  return isObject(base) ? base : loss;
}
