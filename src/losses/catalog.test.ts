import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { BASE_LOSS_EXAMPLES, LOSS_EXAMPLES } from '../testing/every-loss.js';
import { LOSS_SETTINGS } from '../testing/loss-settings.js';
import * as api from '../testing/public-api.js';
import {
  columnNames,
  DATA_FORMATS,
  type DataFormat,
  dataFormat,
  describeColumns,
  formatHint,
  formatsFor,
  leastColumns,
  lossesFor,
  mostColumns,
  takesColumns,
  WRAPPERS,
} from './catalog.js';
import { FURTHER_LOSSES, LOSS_PARTS, LOSSES } from './losses.js';

const formats: readonly DataFormat[] = DATA_FORMATS;
const PARTS = Object.keys(LOSS_PARTS);
const FURTHER = Object.keys(FURTHER_LOSSES);

/** The loss classes of the public API: all but the abstract one. */
const lossClasses = Object.entries(api)
  .filter(([, value]) => typeof value === 'function' && value.prototype instanceof api.Loss)
  .map(([name]) => name);

describe('the loss table', () => {
  it('has every loss of the public API, apart from wrappers, their parts and what the reference lacks', () => {
    const inTable = new Set(formats.flatMap(({ losses }) => losses));
    expect([...inTable, ...Object.keys(WRAPPERS), ...PARTS, ...FURTHER].toSorted()).toEqual(
      lossClasses.toSorted(),
    );
  });

  it('stands beside the classes of all losses', () => {
    for (const [name, value] of Object.entries(LOSSES)) expect(api).toHaveProperty(name, value);
    expect(Object.keys(LOSSES).toSorted()).toEqual(lossClasses.toSorted());
  });

  it('is covered by the examples and settings that the tests use', () => {
    for (const list of [LOSS_EXAMPLES, LOSS_SETTINGS]) {
      const names = list.map(({ name }) => name).filter((name) => name !== 'a loss of a user');
      expect(names.toSorted()).toEqual(Object.keys(LOSSES).toSorted());
    }
  });

  it('covers the 13 losses of the reference', () => {
    expect(lossClasses.filter((name) => !FURTHER.includes(name))).toHaveLength(13);
  });

  it('has unique ids, and a column of text in each format', () => {
    expect(new Set(formats.map(({ id }) => id)).size).toBe(formats.length);
    for (const format of formats) expect(leastColumns(format)).toBeGreaterThan(0);
  });

  it('names, shows and counts the columns of a format', () => {
    const nTuple = dataFormat('n-tuple');
    expect([leastColumns(nTuple), mostColumns(nTuple)]).toEqual([3, Infinity]);
    expect(columnNames(nTuple, 4)).toEqual(['anchor', 'positive', 'negative_1', 'negative_2']);
    expect(describeColumns(nTuple)).toBe('(anchor, positive, negative_1, ..., negative_n)');
    expect(describeColumns(dataFormat('embedding-shared'))).toBe('(text_1, ..., text_n)');
    const pair = dataFormat('scored-pair');
    expect(columnNames(pair, 2)).toEqual(['sentence1', 'sentence2']);
    expect([1, 2, 3].map((count) => takesColumns(pair, count))).toEqual([false, true, false]);
  });

  it('recommends only losses that take the format, and lists them first', () => {
    for (const { losses, recommended } of formats) {
      expect(losses.slice(0, recommended.length)).toEqual(recommended);
    }
  });

  it('names for data without a loss a public function and a format that has one', () => {
    const without = formats.filter(({ losses }) => losses.length === 0);
    expect(without.map(({ id }) => id)).toEqual(['class-text', 'class-pair']);
    for (const { conversion } of without) {
      expect(api).toHaveProperty(conversion?.function ?? 'none', expect.any(Function));
      expect(dataFormat(conversion?.to ?? 'none').losses).not.toEqual([]);
    }
  });

  it.each(BASE_LOSS_EXAMPLES)('declares what $name really takes', ({ name, columns, labels }) => {
    const fitting = formatsFor(name).filter((format) => takesColumns(format, columns));
    expect(fitting).not.toEqual([]);
    for (const format of fitting) expect(format.labels === 'none').toBe(labels === undefined);
  });
});

describe('lossesFor and formatsFor', () => {
  it('look the table up in both directions', () => {
    expect(lossesFor('triplet')).toEqual(['SparseMultipleNegativesRankingLoss', 'SparseTripletLoss']);
    expect(lossesFor('class-text')).toEqual([]);
    expect(formatsFor('SparseTripletLoss').map(({ id }) => id)).toEqual(['triplet']);
    expect(formatsFor('SpladeLoss')).toEqual([]);
    for (const { id, losses } of DATA_FORMATS) {
      for (const loss of losses) expect(formatsFor(loss).map((format) => format.id)).toContain(id);
    }
  });

  it('answer an unknown id with the list of ids', () => {
    expect(() => dataFormat('quadruplet')).toThrow(InputError);
    expect(() => dataFormat('quadruplet')).toThrow(/no data format "quadruplet"; there are pair, triplet, /);
  });
});

describe('formatHint', () => {
  it('says what the loss takes, and which losses take data like this', () => {
    expect(formatHint('SparseTripletLoss', 2, false)).toBe(
      'SparseTripletLoss takes (anchor, positive, negative) with labels: none. ' +
        'For 2 columns without labels there is SparseMultipleNegativesRankingLoss.',
    );
    expect(formatHint('SparseMultipleNegativesRankingLoss', 1, true)).toMatch(
      /For 1 column with labels there is SparseMSELoss\.$/,
    );
  });

  it('names no other loss if there is none, and is empty for a loss that is not in the table', () => {
    expect(formatHint('SparseMultipleNegativesRankingLoss', 1, false)).not.toContain('there is');
    expect(formatHint('MyLoss', 2, false)).toBe('');
  });
});
