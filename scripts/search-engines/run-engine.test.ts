import { expect, it } from 'vitest';
import { ReferenceUnavailableError } from '../../src/python/errors.js';
import { sparseFromRows } from '../../src/sparse/from-rows.js';
import { SparseIndex } from '../../src/sparse/search/sparse-index.js';
import { selectRows } from '../../src/sparse/select-rows.js';
import { type SearchEngine, SearchEngineError, type SearchTask } from './engine.js';
import { wholeNumberWeights } from './lucene.js';
import { exactRankings } from './rankings.js';
import { type Outcome, runEngine } from './run-engine.js';

const documents = sparseFromRows(
  [
    [
      [0, 0.1],
      [2, 0.7],
    ],
    [],
    [
      [0, 0.1],
      [2, 0.7],
    ],
    [
      [1, 3e-6],
      [3, 2.5],
    ],
    [[3, 1.115]],
    [[2, 0.3]],
  ],
  4,
);
const queries = sparseFromRows(
  [
    [[2, 0.3]],
    [
      [0, 1],
      [3, 0.2],
    ],
    [],
    [[1, 1e-6]],
  ],
  4,
);
const collection = { documents, queries };

function run(engine: SearchEngine): Promise<Outcome> {
  return runEngine(engine, collection, exactRankings(collection), {
    k: 3,
    python: 'no-python',
    log: () => undefined,
  });
}

const engine = (
  search: (task: SearchTask) => Partial<Awaited<ReturnType<SearchEngine['search']>>>,
  stored?: SearchEngine['stored'],
): SearchEngine => ({
  title: 'an engine',
  packages: [],
  megabytes: 0,
  ...(stored !== undefined && { stored }),
  search: async (task) => ({ hits: [], indexSeconds: 1, queriesPerSecond: 2, ...search(task) }),
});

const exactSearch = ({ documents: searched, queries: asked, k }: SearchTask) => ({
  hits: SparseIndex.fromMatrix(searched).search(asked, k),
});

it('compares with the ranking of what the engine stores, and measures recall against the given weights', async () => {
  const outcome = await run(engine(exactSearch, { title: 'hundredths', of: wholeNumberWeights }));
  // The last query's only weight is not a whole hundredth: nothing is asked for, and of its one document none is found.
  expect(outcome).toEqual({
    is: 'compared',
    indexSeconds: 1,
    queriesPerSecond: 2,
    recall: 6 / 7,
    faults: [],
  });
});

it('tells which queries differ', async () => {
  const shifted = engine((task) =>
    exactSearch({ ...task, documents: selectRows(documents, [5, 0, 1, 2, 3, 4]) }),
  );
  const outcome = await run(shifted);
  expect(outcome).toMatchObject({ faults: [{ query: 0 }, { query: 1 }, { query: 3 }] });
  expect(await run(engine(() => ({ hits: [] })))).toMatchObject({
    recall: 0,
    faults: [0, 1, 2, 3].map((query) => ({ query, fault: 'no answer' })),
  });
});

it('tells an engine that is not available from one that failed, and both from a defect', async () => {
  const failing = (error: Error): SearchEngine =>
    engine(() => {
      throw error;
    });
  expect(await run(failing(new ReferenceUnavailableError('install', 'no pip')))).toEqual({
    is: 'unavailable',
    why: 'no pip',
  });
  expect(await run(failing(new SearchEngineError('full')))).toEqual({ is: 'failed', why: 'full' });
  await expect(run(failing(new RangeError('a defect')))).rejects.toThrow('a defect');
});

it('whole numbers are the nearest hundredths', () => {
  expect(
    wholeNumberWeights(
      sparseFromRows(
        [
          [
            [0, 0.004],
            [1, 0.006],
            [2, 1.234],
          ],
          [],
        ],
        3,
      ),
    ),
  ).toEqual(
    sparseFromRows(
      [
        [
          [1, 1],
          [2, 123],
        ],
        [],
      ],
      3,
    ),
  );
});
