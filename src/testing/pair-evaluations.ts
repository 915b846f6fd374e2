import fc from 'fast-check';
import type { EvaluatedModel } from '../evaluators/evaluator.js';
import { SparseBinaryClassificationEvaluator } from '../evaluators/sparse-binary-classification-evaluator.js';
import { SparseEmbeddingSimilarityEvaluator } from '../evaluators/sparse-embedding-similarity-evaluator.js';
import type { SparseEvaluator } from '../evaluators/sparse-evaluator.js';
import { SparseMSEEvaluator } from '../evaluators/sparse-mse-evaluator.js';
import { SparseTranslationEvaluator } from '../evaluators/sparse-translation-evaluator.js';
import { SparseTripletEvaluator } from '../evaluators/sparse-triplet-evaluator.js';
import type { SparseSimilarityName } from '../sparse/similarity.js';
import { type StubEmbeddings, stubModel } from './stub-model.js';

type Arguments = Readonly<Record<string, unknown>>;

/** An evaluation: the embeddings of the model and of a teacher by text, with its way of encoding before it. */
export interface Case {
  readonly evaluator: EvaluatorName;
  readonly arguments: Arguments;
  readonly embeddings: StubEmbeddings;
  readonly teacher: StubEmbeddings;
  readonly similarity: SparseSimilarityName;
}

const EVALUATORS = {
  SparseTripletEvaluator: (given) => new SparseTripletEvaluator(given as never),
  SparseEmbeddingSimilarityEvaluator: (given) => new SparseEmbeddingSimilarityEvaluator(given as never),
  SparseBinaryClassificationEvaluator: (given) => new SparseBinaryClassificationEvaluator(given as never),
  SparseMSEEvaluator: (given, teacherModel) => new SparseMSEEvaluator({ ...given, teacherModel } as never),
  SparseTranslationEvaluator: (given) => new SparseTranslationEvaluator(given as never),
} as const satisfies Readonly<Record<string, (given: Arguments, teacher: EvaluatedModel) => SparseEvaluator>>;

export type EvaluatorName = keyof typeof EVALUATORS;

export const NAMES = Object.keys(EVALUATORS) as EvaluatorName[];

const DIMENSIONS = 6;
const MOST_ROWS = 12;
const textsOf = (letter: string): string[] =>
  Array.from({ length: MOST_ROWS }, (_, place) => `${letter}${place}`);
const FIRST = textsOf('a');
const SECOND = textsOf('b');
const THIRD = textsOf('c');
const ALL = [...FIRST, ...SECOND, ...THIRD];
const WAYS = ['', 'query ', 'document '];

const array = <T>(length: number, item: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(item, { minLength: length, maxLength: length });

/** Few small whole numbers, so that many products and distances are equal. */
const EXACT = fc.constantFrom(0, 0, 0, 1, 1, 2, -1);
/** Their similarities are rounded, by the reference not even equally for equal pairs; no pair occurs twice. */
const ROUNDED = fc.oneof(
  fc.constant(0),
  fc.noBias(fc.integer({ min: 2 ** 16, max: 2 ** 21 })).map((value) => Math.fround(value / 700_001)),
);

const exactNames = fc.constantFrom<SparseSimilarityName>('dot', 'manhattan');
const roundedNames = fc.constantFrom<SparseSimilarityName>('cosine', 'euclidean', 'dot', 'manhattan');

const embeddingsOf = (weight: fc.Arbitrary<number>): fc.Arbitrary<StubEmbeddings> => {
  const texts = WAYS.flatMap((way) => ALL.map((text) => `${way}${text}`));
  return array(texts.length, array(DIMENSIONS, weight)).map((rows) =>
    Object.fromEntries(texts.map((text, place) => [text, rows[place] as number[]])),
  );
};

const orAbsent = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
/** A column of some of these texts. */
type Column = (texts: readonly string[]) => fc.Arbitrary<string[]>;

/** Few texts, many times. */
const repeated =
  (length: number): Column =>
  (texts) =>
    array(length, fc.constantFrom(...texts.slice(0, 5)));
const distinct =
  (length: number): Column =>
  (texts) =>
    fc.shuffledSubarray([...texts], { minLength: length, maxLength: length });

/** The arguments of each evaluator for data of this length. */
const ARGUMENTS: Readonly<
  Record<
    EvaluatorName,
    (column: Column, length: number, names: fc.Arbitrary<SparseSimilarityName>) => fc.Arbitrary<object>
  >
> = {
  SparseTripletEvaluator: (column, _, names) =>
    fc.record({
      anchors: column(FIRST),
      positives: column(SECOND),
      negatives: column(THIRD),
      mainSimilarityFunction: orAbsent(names),
      similarityFnNames: orAbsent(fc.uniqueArray(names, { minLength: 1 })),
      margin: orAbsent(fc.oneof(fc.constantFrom(0, 1, 2, 0.3), fc.record({ dot: fc.constantFrom(1, 0.1) }))),
    }),
  SparseEmbeddingSimilarityEvaluator: (column, length, names) =>
    fc.record({
      sentences1: column(FIRST),
      sentences2: column(SECOND),
      scores: array(
        length,
        fc.integer({ min: 0, max: 5 }).map((score) => score / 5),
      ),
      mainSimilarity: orAbsent(names),
      similarityFnNames: orAbsent(fc.uniqueArray(names, { minLength: 1 })),
    }),
  SparseBinaryClassificationEvaluator: (column, length, names) =>
    fc.record({
      sentences1: column(FIRST),
      sentences2: column(SECOND),
      labels: array(length, fc.constantFrom(0, 1)),
      similarityFnNames: orAbsent(fc.uniqueArray(names, { minLength: 1 })),
    }),
  SparseMSEEvaluator: (column) =>
    fc.record({ sourceSentences: column(FIRST), targetSentences: column(SECOND) }),
  SparseTranslationEvaluator: (column) =>
    fc.record({ sourceSentences: column(FIRST), targetSentences: column(SECOND) }),
};

const casesOf = (evaluator: EvaluatorName): fc.Arbitrary<Case> =>
  fc.boolean().chain((isExact) => {
    // Translation compares by cosine, whose rounding decides between equal directions.
    const isTranslation = evaluator === 'SparseTranslationEvaluator';
    const [weight, names] = isExact && !isTranslation ? [EXACT, exactNames] : [ROUNDED, roundedNames];
    const column = isExact ? repeated : distinct;
    return fc.record({
      evaluator: fc.constant(evaluator),
      arguments: fc
        .tuple(
          fc
            .integer({ min: 2, max: MOST_ROWS })
            .chain((length) => ARGUMENTS[evaluator](column(length), length, names)),
          fc.constantFrom({}, { name: 'dev' }),
        )
        .map(([given, more]) => withoutAbsent({ ...given, ...more })),
      embeddings: embeddingsOf(weight),
      teacher: embeddingsOf(weight),
      similarity: names,
    });
  });

/** Cases of each evaluator. */
export const RUNS = 60;

export const sampledCases = (name: EvaluatorName, place: number): Case[] =>
  fc.sample(casesOf(name), { numRuns: RUNS, seed: 31 + place });

export const evaluatorOf = (each: Case): SparseEvaluator =>
  EVALUATORS[each.evaluator](each.arguments, waysModel(each.teacher, each.similarity));

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The case as the reference's program takes it. */
export const requestOf = (each: Case): object => ({
  ...each,
  ways: true,
  arguments: Object.fromEntries(
    Object.entries(each.arguments).map(([name, value]) => [snakeCase(name), value]),
  ),
});

const withoutAbsent = (given: object): Arguments =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

/** A model that encodes queries and documents differently. */
export function waysModel(embeddings: StubEmbeddings, similarity: SparseSimilarityName): EvaluatedModel {
  const stub = stubModel(embeddings);
  const by =
    (way: string): EvaluatedModel['encode'] =>
    async (texts) =>
      await stub.encode((texts as readonly string[]).map((text) => `${way}${text}`));
  return {
    similarityFnName: similarity,
    encode: by(''),
    encodeQuery: by('query '),
    encodeDocument: by('document '),
  };
}

const change = (each: Case, name: string, make: (value: never) => unknown): Case => ({
  ...each,
  arguments: { ...each.arguments, [name]: make(each.arguments[name] as never) },
});

/** Changes of the input that stand for a mistake. */
export const WRONG: Readonly<Record<EvaluatorName, Readonly<Record<string, (each: Case) => Case>>>> = {
  SparseTripletEvaluator: {
    'the margin is ignored': (each) => change(each, 'margin', () => 0),
    'equal similarities count as right': (each) =>
      change(each, 'margin', (margin) => (typeof margin === 'number' ? margin - 1e-4 : -1e-4)),
    'anchors are encoded as documents': (each) => rewired(each, 'query ', 'document '),
  },
  SparseEmbeddingSimilarityEvaluator: {
    'equal scores are ranked in order': (each) =>
      change(each, 'scores', (scores: number[]) => scores.map((score, place) => score + place * 1e-9)),
    'texts are encoded as queries': (each) => rewired(each, '', 'query '),
  },
  SparseBinaryClassificationEvaluator: {
    'labels are turned round': (each) =>
      change(each, 'labels', (labels: number[]) => labels.map((label) => 1 - label)),
    'equal similarities enter one by one': (each) => ({ ...each, embeddings: shifted(each.embeddings) }),
  },
  SparseMSEEvaluator: {
    'the teacher is the model itself': (each) => ({ ...each, teacher: each.embeddings }),
    'the sum is not divided by the width': (each) => ({
      ...each,
      embeddings: scaled(each.embeddings, Math.sqrt(DIMENSIONS)),
      teacher: scaled(each.teacher, Math.sqrt(DIMENSIONS)),
    }),
  },
  SparseTranslationEvaluator: {
    'equal texts count as wrong': (each) => {
      const { sourceSentences, targetSentences } = each.arguments as Readonly<Record<string, string[]>>;
      const own = (texts: string[] = []): string[] => texts.map((text, place) => `${text} ${place}`);
      const sources = own(sourceSentences);
      const targets = own(targetSentences);
      const embeddings = Object.fromEntries(
        [...sources, ...targets].map((text) => [
          text,
          each.embeddings[text.split(' ')[0] as string] as number[],
        ]),
      );
      return {
        ...each,
        embeddings,
        arguments: { ...each.arguments, sourceSentences: sources, targetSentences: targets },
      };
    },
    'source and target are exchanged': (each) => ({
      ...each,
      arguments: {
        ...each.arguments,
        sourceSentences: each.arguments['targetSentences'],
        targetSentences: each.arguments['sourceSentences'],
      },
    }),
  },
};

/** The embeddings of one way of encoding stand for those of another. */
const rewired = (each: Case, from: string, to: string): Case => ({
  ...each,
  embeddings: {
    ...each.embeddings,
    ...Object.fromEntries(ALL.map((text) => [`${from}${text}`, each.embeddings[`${to}${text}`] as number[]])),
  },
});

const mapped = (embeddings: StubEmbeddings, map: (value: number, text: number) => number): StubEmbeddings =>
  Object.fromEntries(
    Object.entries(embeddings).map(([text, row], place) => [text, row.map((value) => map(value, place))]),
  );
const scaled = (embeddings: StubEmbeddings, factor: number): StubEmbeddings =>
  mapped(embeddings, (x) => x * factor);
const shifted = (embeddings: StubEmbeddings): StubEmbeddings =>
  mapped(embeddings, (x, place) => x * (1 + place * 1e-6));
