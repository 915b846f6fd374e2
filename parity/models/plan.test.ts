import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATA_FORMATS, type DataFormat, WRAPPERS } from '../../src/api/losses.js';
import { takesColumns } from '../../src/losses/catalog.js';
import { packageRoot } from '../../src/package-root.js';
import { MODEL_SOURCES } from './folders.js';
import { MODEL_MUTANTS } from './mutants.js';
import { type ModelCell, modelCellOf, modelCells, planModelCase, selectModelCells } from './plan.js';

const DIMENSIONS = 300;
const lossesOf = (cell: ModelCell): string[] => cell.cases.map((path) => path.split('/')[3] ?? '');

describe('the plan of model cells', () => {
  it('has a model of every family, and every folder of fixtures/models is one', () => {
    expect(new Set(MODEL_SOURCES.map(({ family }) => family))).toEqual(
      new Set(['SPLADE', 'CSR', 'inference-free']),
    );
    const named = MODEL_SOURCES.map(({ name }) => name);
    expect(new Set(named).size).toBe(named.length);
    const fixtures = named.filter((name) => !name.startsWith('own-') && name !== 'splade-minilm');
    for (const name of fixtures) {
      expect(existsSync(join(packageRoot(), 'fixtures', 'models', name)), name).toBe(true);
    }
  });

  it('compares every model by features and embeddings, and each kind of network by every base loss', () => {
    const all = new Set(DATA_FORMATS.flatMap(({ losses }) => losses));
    for (const source of MODEL_SOURCES) {
      const cells = selectModelCells({ models: [source.name] });
      expect(cells.map(({ check }) => check)).toEqual(expect.arrayContaining(['features', 'encode']));
      const most = source.large === true || source.sameNetwork === true ? 1 : all.size;
      const first = cells.find(({ check }) => check === 'SpladeLoss' || check === 'CSRLoss');
      expect(new Set(first && lossesOf(first)).size, source.name).toBe(most);
    }
  });

  it('has every wrapper around every base loss, and every format of the table', () => {
    const paths = modelCells().flatMap(({ cases }) => cases);
    for (const wrapper of Object.keys(WRAPPERS)) {
      for (const loss of new Set(DATA_FORMATS.flatMap(({ losses }) => losses))) {
        expect(
          paths.some((path) => path.includes(`/${wrapper}/${loss}/`)),
          `${wrapper}, ${loss}`,
        ).toBe(true);
      }
    }
    for (const { id, losses } of DATA_FORMATS.filter((format) => format.losses.length > 0)) {
      expect(
        paths.some((path) => path.endsWith(`/${id}`)),
        `${id} of ${losses.join()}`,
      ).toBe(true);
    }
  });

  it('makes the same case of a path and a seed again, and another one of another seed', () => {
    const path = 'model/splade-bert/SpladeLoss/SparseTripletLoss/triplet';
    const cell = modelCellOf(path);
    expect(cell.cases).toEqual([path]);
    const plan = (seed: number) => planModelCase(path, cell, DIMENSIONS, seed);
    expect(plan(1)).toEqual(plan(1));
    expect(plan(1).columns).not.toEqual(plan(2).columns);
  });

  it('gives every case as many columns as its format has, and labels of their shape', () => {
    for (const cell of modelCells()) {
      for (const path of cell.cases) {
        const { columns, loss } = planModelCase(path, cell, DIMENSIONS, 5);
        if (loss === undefined) continue;
        const format = DATA_FORMATS.find(({ id }) => id === loss.format);
        expect(takesColumns(format as DataFormat, columns.length)).toBe(true);
        const rows = columns[0]?.texts.length;
        expect(loss.labels === null).toBe(format?.labels === 'none');
        expect(loss.labels?.shape[0] ?? rows).toBe(rows);
      }
    }
  });

  it('encodes empty, long and awkward texts', () => {
    const cell = modelCellOf('model/splade-bert/encode');
    const seeds = [1, 2, 3].flatMap((seed) => {
      const [column] = planModelCase('model/splade-bert/encode', cell, DIMENSIONS, seed).columns;
      return column?.texts ?? [];
    });
    expect(seeds).toContain('');
    expect(seeds).toContain('🙂');
    expect(seeds.some((text) => text.includes('中文'))).toBe(true);
    expect(seeds.some((text) => text.length > 200)).toBe(true);
  });

  it('selects by loss, wrapper and format', () => {
    const [only, ...more] = selectModelCells({ models: ['csr'], losses: ['SparseTripletLoss'] });
    expect(more).toEqual([]);
    expect(only?.cases).toEqual(['model/csr/CSRLoss/SparseTripletLoss/triplet']);
    expect(selectModelCells({ losses: ['CSRLoss'] }).every(({ check }) => check === 'CSRLoss')).toBe(true);
  });
});

describe('the table of wrong variants of models', () => {
  it('names each once, and of a model that there is', () => {
    expect(new Set(MODEL_MUTANTS.map(({ id }) => id)).size).toBe(MODEL_MUTANTS.length);
    const models = MODEL_SOURCES.map(({ name }) => name);
    for (const { model } of MODEL_MUTANTS) expect(models).toContain(model);
  });
});
