import { DATA_FORMATS, type DataFormat, UsageError, WRAPPERS } from '../src/api/losses.js';
import type { CaseWrapper } from './case.js';

/** One line of the report: a loss in a wrapper on data of one format. */
export interface Cell {
  readonly loss: string;
  readonly wrapper: CaseWrapper;
  readonly format: DataFormat;
}

/** The formats for the parts of the wrappers and for a user's own loss, which are not in the loss table. */
const EXTRA_FORMATS: readonly (DataFormat & { readonly wrapped: boolean })[] = [
  {
    id: 'matrix',
    columns: ['embedding'],
    labels: 'none',
    distillation: false,
    losses: ['FlopsLoss'],
    recommended: [],
    wrapped: false,
  },
  {
    id: 'auto-encoder-outputs',
    columns: [],
    numbered: { name: 'output', least: 1, most: 4 },
    labels: 'none',
    distillation: false,
    losses: ['CSRReconstructionLoss'],
    recommended: [],
    wrapped: false,
  },
  {
    id: 'own-triplet',
    columns: ['anchor', 'positive', 'negative'],
    labels: 'none',
    distillation: false,
    losses: ['LogisticMarginLoss'],
    recommended: [],
    wrapped: true,
  },
];

/** Every cell: loss table x wrappers, computed from the table. */
export function suiteCells(): Cell[] {
  const wrappers: CaseWrapper[] = ['none', ...(Object.keys(WRAPPERS) as (keyof typeof WRAPPERS)[])];
  const formats: readonly DataFormat[] = DATA_FORMATS;
  const cross = (format: DataFormat, allowed: readonly CaseWrapper[]): Cell[] =>
    format.losses.flatMap((loss) => allowed.map((wrapper) => ({ loss, wrapper, format })));
  return [
    ...formats.flatMap((format) => cross(format, wrappers)),
    ...EXTRA_FORMATS.flatMap((format) => cross(format, format.wrapped ? wrappers : ['none'])),
  ];
}

export function cellName({ loss, wrapper, format }: Cell): string {
  return `${loss}/${wrapper}/${format.id}`;
}

/** The cells that match both lists. A wrapper's name among the losses selects everything that it wraps. */
export function selectCells(losses: readonly string[], formats: readonly string[]): Cell[] {
  const cells = suiteCells();
  const known = (list: readonly string[], names: readonly string[], what: string): void => {
    const unknown = list.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new UsageError(`no ${what} "${unknown}"; there are ${names.join(', ')}`);
  };
  known(
    losses,
    [...new Set(cells.flatMap(({ loss, wrapper }) => [loss, wrapper]))].filter((name) => name !== 'none'),
    'loss',
  );
  known(formats, [...new Set(cells.map(({ format }) => format.id))], 'format');
  return cells.filter(
    ({ loss, wrapper, format }) =>
      (losses.length === 0 || losses.includes(loss) || losses.includes(wrapper)) &&
      (formats.length === 0 || formats.includes(format.id)),
  );
}
