import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayDataset, type Row } from '../datasets/dataset.js';
import { OptionError } from '../errors.js';
import { sparseFromDense } from '../sparse/from-dense.js';
import { normalizeRows } from '../sparse/normalize-rows.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { mineHardNegatives } from './mine-hard-negatives.js';
import type { MiningModel } from './mining.js';
import { MINED_FORMATS, type MiningOptions } from './options.js';
import { type Limit, REMOVES } from './select-negatives.js';

const program = fileURLToPath(new URL('../../parity/reference/mining.py', import.meta.url));

type Embeddings = Readonly<Record<string, readonly number[]>>;
type CrossScores = Readonly<Record<string, Readonly<Record<string, number>>>>;
type Options = Omit<MiningOptions, 'crossEncoder'>;

interface Case {
  readonly rows: readonly Row[];
  readonly embeddings: Embeddings;
  readonly normalizes: boolean;
  readonly crossScores: CrossScores | null;
  readonly options: Options;
}

interface Answer {
  readonly rows?: readonly Row[];
  readonly error?: string;
}

const DIMENSIONS = 8;
const QUERIES = ['q0', 'q1', 'q2', 'q3'];
const DOCUMENTS = Array.from({ length: 12 }, (_, place) => `d${place}`);

// Their products are exact in float32, so that a limit can be exactly a score.
const weight = fc.oneof(fc.constant(0), fc.integer({ min: -20, max: 60 })).map((value) => value / 8);
const embedding = fc.array(weight, { minLength: DIMENSIONS, maxLength: DIMENSIONS });
const record = <T>(keys: readonly string[], value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc
    .tuple(...keys.map(() => value))
    .map((values) => Object.fromEntries(keys.map((key, i) => [key, values[i] as T])));

const dot = (a: readonly number[] = [], b: readonly number[] = []): number =>
  a.reduce((sum, value, place) => sum + value * (b[place] ?? 0), 0);

/** The score that decides, by query and document. */
function scoresOf(
  { embeddings, crossScores }: Pick<Case, 'embeddings' | 'crossScores'>,
  query: string,
): number[] {
  return DOCUMENTS.map(
    (document) => crossScores?.[query]?.[document] ?? dot(embeddings[query], embeddings[document]),
  );
}

/** torch.topk picks any of equal scores. */
const withoutTies = (given: Pick<Case, 'embeddings' | 'crossScores'>): boolean =>
  [{ ...given, crossScores: null }, given].every((each) =>
    QUERIES.every((query) => new Set(scoresOf(each, query)).size === DOCUMENTS.length),
  );

const given = fc
  .record({
    embeddings: record([...QUERIES, ...DOCUMENTS], embedding),
    crossScores: fc.option(
      record(
        QUERIES,
        record(
          DOCUMENTS,
          fc.integer({ min: -400, max: 400 }).map((x) => x / 8),
        ),
      ),
      {
        freq: 5,
      },
    ),
    rows: fc.array(
      fc.record({ query: fc.constantFrom(...QUERIES), answer: fc.constantFrom(...DOCUMENTS.slice(0, 7)) }),
      { minLength: 1, maxLength: 7 },
    ),
    corpus: fc.option(fc.subarray(DOCUMENTS)),
  })
  .filter(withoutTies);

/** Mostly absent: with all limits at once few candidates are left. */
const orNone = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, value);

const cases: fc.Arbitrary<Case> = given.chain(({ corpus, ...data }) => {
  const anyScore = fc
    .tuple(fc.constantFrom(...QUERIES), fc.nat({ max: DOCUMENTS.length - 1 }))
    .map(([query, document]) => scoresOf(data, query)[document] as number);
  return fc
    .record({
      outputFormat: fc.constantFrom(...MINED_FORMATS),
      outputScores: fc.boolean(),
      numNegatives: fc.integer({ min: 1, max: 4 }),
      rangeMin: fc.constantFrom(0, 0, 0, 1, 2),
      rangeMax: orNone(fc.integer({ min: 2, max: 9 })),
      maxScore: orNone(anyScore),
      minScore: orNone(anyScore),
      absoluteMargin: orNone(fc.tuple(anyScore, anyScore).map(([a, b]) => Math.abs(a - b) / 4)),
      relativeMargin: orNone(fc.constantFrom(0, 0.25, 0.5)),
      includePositives: fc.constantFrom(false, false, false, true),
    })
    .map((options) => {
      const chosen = {
        ...options,
        corpus: corpus ?? undefined,
        outputFormat: options.includePositives ? 'n-tuple' : options.outputFormat,
        // The reference asks its cross-encoder only if there is a limit.
        ...(data.crossScores !== null && { minScore: options.minScore ?? -1000 }),
      } as const;
      return { ...data, normalizes: false, options: withoutAbsent(chosen) };
    });
});

const withoutAbsent = (options: object): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const stub = (embeddings: Embeddings): MiningModel => {
  const encode: MiningModel['encodeQuery'] = (texts, options) => {
    const dense = Float32Array.from(texts.flatMap((text) => embeddings[text] ?? []));
    const matrix = sparseFromDense(dense, texts.length, DIMENSIONS);
    return Promise.resolve(options?.normalize === true ? normalizeRows(matrix) : matrix);
  };
  return { encodeQuery: encode, encodeDocument: encode, similarityFnName: 'dot' };
};

async function ours({ rows, embeddings, normalizes, crossScores, options }: Case): Promise<Answer> {
  try {
    const mined = mineHardNegatives(arrayDataset(rows), stub(embeddings), {
      ...options,
      ...(normalizes && { similarityFnName: 'cosine' }),
      ...(crossScores !== null && {
        crossEncoder: (query, documents) => documents.map((document) => crossScores[query]?.[document]),
      }),
    });
    const found: Row[] = [];
    for await (const row of mined) found.push(row);
    return { rows: found };
  } catch (error) {
    if (error instanceof OptionError) return { error: 'ValueError' };
    throw error;
  }
}

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function theirs(all: readonly Case[]): Promise<readonly Answer[]> {
  const requests = all.map(({ options, crossScores, ...rest }) => ({
    ...rest,
    ...(crossScores !== null && { crossEncoder: crossScores }),
    options: Object.fromEntries(Object.entries(options).map(([name, value]) => [snakeCase(name), value])),
  }));
  const output = await runInReference({ path: program }, { input: JSON.stringify(requests) });
  return JSON.parse(output.toString()) as Answer[];
}

/** Wrong limits, and wrong defaults: [name, limit, rule]. */
const WRONG: readonly (readonly [string, Limit, (typeof REMOVES)[Limit]])[] = [
  [
    'a relative margin that is a factor of p',
    'relativeMargin',
    (score, margin, p) => score > p * (1 - margin),
  ],
  ['a relative margin that is not one', 'relativeMargin', (score, margin, p) => score > p - margin],
  ['an absolute margin that removes its bound', 'absoluteMargin', (score, margin, p) => score + margin >= p],
  ['an absolute margin without p', 'absoluteMargin', (score, margin) => score > margin],
  ['a largest score that is removed', 'maxScore', (score, most) => score >= most],
  ['a least score that is removed', 'minScore', (score, least) => score <= least],
];

const RUNS = 300;

describe.runIf(HAS_REFERENCE)("negatives beside those of the reference's miner", () => {
  const sampled = fc.sample(cases, { numRuns: RUNS, seed: 18 });
  const normalized = fc
    .sample(cases, { numRuns: 40, seed: 19 })
    .filter(({ crossScores }) => crossScores === null)
    .map((each): Case => ({
      ...each,
      normalizes: true,
      options: { numNegatives: 2, outputFormat: 'n-tuple', outputScores: true, relativeMargin: 0.05 },
    }));
  // The reference's count of candidates divides by zero where one limit leaves nothing to the next.
  const crashed = (index: number): boolean => expected[index]?.error === 'ZeroDivisionError';
  let expected: readonly Answer[];
  beforeAll(async () => {
    expected = await theirs([...sampled, ...normalized]);
  }, LIVE_TIME);

  /** The cases in which our answer differs from the reference's. */
  async function differing(all: readonly Case[]): Promise<Case[]> {
    const answers = await Promise.all(all.map(ours));
    return all.filter((_, index) => !crashed(index) && !isDeepStrictEqual(answers[index], expected[index]));
  }

  it('are the same for each format and limit, and so are the scores', async () => {
    expect(await differing(sampled)).toEqual([]);
    expect(sampled.filter((_, index) => crashed(index)).length).toBeLessThan(RUNS / 20);
    const seen = new Set<string>();
    let mined = 0;
    for (const [index, each] of sampled.entries()) {
      if ((expected[index]?.rows ?? []).length === 0) continue;
      mined++;
      for (const name of Object.keys(each.options)) seen.add(name);
      seen.add(each.options.outputFormat as string);
    }
    expect(mined).toBeGreaterThan(RUNS / 3);
    for (const format of MINED_FORMATS) expect(seen).toContain(format);
    for (const name of Object.keys(REMOVES)) expect(seen).toContain(name);
  });

  it('are the same by cosine, scores up to rounding', async () => {
    for (const [index, each] of normalized.entries()) {
      const found = (await ours(each)).rows ?? [];
      const reference = expected[RUNS + index]?.rows ?? [];
      const texts = (rows: readonly Row[]): unknown[] => rows.map((row) => ({ ...row, scores: null }));
      expect(texts(found), JSON.stringify(each)).toEqual(texts(reference));
      const scores = (rows: readonly Row[]): number[] => rows.flatMap((row) => row['scores'] as number[]);
      const differences = scores(found).map((score, place) =>
        Math.abs(score - (scores(reference)[place] ?? NaN)),
      );
      expect(Math.max(0, ...differences)).toBeLessThan(1e-6);
    }
    expect(expected.slice(RUNS).flatMap(({ rows = [] }) => rows).length).toBeGreaterThan(10);
  });

  it.each(WRONG)('would differ with %s', async (_, limit, rule) => {
    const right = REMOVES[limit];
    Object.assign(REMOVES, { [limit]: rule });
    try {
      expect(await differing(sampled)).not.toEqual([]);
    } finally {
      Object.assign(REMOVES, { [limit]: right });
    }
  });

  it.each([
    ['rangeMin is ignored', { rangeMin: 0 }],
    ['positives take no room among the candidates', { rangeMax: 3, numNegatives: 3 }],
    ['positives are candidates', { includePositives: true, outputFormat: 'n-tuple' }],
    ['a cross-encoder is ignored', null],
  ] as const)('would differ if %s', async (_, options) => {
    const changed = sampled.map((each): Case =>
      options === null
        ? { ...each, crossScores: null }
        : { ...each, options: { ...each.options, ...options } },
    );
    expect(await differing(changed)).not.toEqual([]);
  });
});
