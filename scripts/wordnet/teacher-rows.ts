/** The rows with scores or embeddings of the teacher. */
import { scoresToMargins } from '../../src/data/convert.js';
import { NEGATIVES, type Candidate } from './candidates.js';
import { FILES, type FileName, type Row } from './columns.js';
import type { Teacher } from './teacher.js';
import type { TextFileName } from './text-rows.js';

export type TeacherFileName = Exclude<FileName, TextFileName>;

/** The rows of triplet.jsonl and n-tuple.jsonl, which the scored files repeat with scores. */
export interface Tuples {
  readonly triplets: readonly Row[];
  readonly nTuples: readonly Row[];
}

const TRIPLET_NEGATIVES = ['negative'];
const N_TUPLE_NEGATIVES = Array.from({ length: NEGATIVES }, (_, index) => `negative_${index + 1}`);

export function buildTeacherRows(
  tuples: Tuples,
  embedded: readonly Candidate[],
  teacher: Teacher,
): Record<TeacherFileName, Row[]> {
  const scored = (
    rows: readonly Row[],
    negatives: readonly string[],
    toLabel: (scores: number[]) => Row,
  ): Row[] =>
    rows.map((row) => ({
      ...withQuery(row),
      ...toLabel(teacherScores(row, negatives, teacher)),
    }));
  const label = (text: string): number[] => Array.from(teacher(text), shortestFloat32);

  return {
    'margin-triplet': scored(tuples.triplets, TRIPLET_NEGATIVES, (scores) => {
      const [score] = margins(scores);
      return { score: score ?? Number.NaN };
    }),
    'scored-triplet': scored(tuples.triplets, TRIPLET_NEGATIVES, (scores) => ({ scores })),
    'margin-n-tuple': scored(tuples.nTuples, N_TUPLE_NEGATIVES, (scores) => ({ scores: margins(scores) })),
    'scored-n-tuple': scored(tuples.nTuples, N_TUPLE_NEGATIVES, (scores) => ({ scores })),
    embedding: embedded.map(({ definition }) => ({ text: definition, label: label(definition) })),
    'embedding-pair': embedded.map(({ lemma, definition }) => ({
      text_1: definition,
      text_2: lemma,
      label: label(definition),
    })),
  };
}

/** The candidates whose definitions are embedded: those of the first rows of pair.jsonl. */
export function candidatesToEmbed(candidates: readonly Candidate[], pairs: readonly Row[]): Candidate[] {
  const byLemma = new Map(candidates.map((candidate) => [candidate.lemma, candidate]));
  return pairs
    .slice(0, FILES.embedding.rows)
    .map((row) => byLemma.get(textOf(row, 'anchor')))
    .filter((candidate) => candidate !== undefined);
}

export function textsForTeacher(tuples: Tuples, embedded: readonly Candidate[]): string[] {
  const tupleTexts = [...tuples.triplets, ...tuples.nTuples].flatMap((row) => Object.values(row).map(String));
  return [...tupleTexts, ...embedded.map(({ definition }) => definition)];
}

function margins(scores: readonly number[]): number[] {
  return scoresToMargins(scores).map(roundScore);
}

/** cos(query, positive), cos(query, negative_1), ...: the embeddings have length 1. */
function teacherScores(row: Row, negatives: readonly string[], teacher: Teacher): number[] {
  const query = teacher(textOf(row, 'anchor'));
  return ['positive', ...negatives].map((column) => roundScore(dot(query, teacher(textOf(row, column)))));
}

function withQuery({ anchor, ...others }: Row): Row {
  return anchor === undefined ? others : { query: anchor, ...others };
}

function textOf(row: Row, column: string): string {
  const text = row[column];
  if (typeof text !== 'string') throw new TypeError(`column ${column} holds ${typeof text}, not a text`);
  return text;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);
}

const SCORE_DECIMALS = 4;

/** Four decimals hide the last bits, which differ between processors. Adding 0 turns -0 into 0. */
const roundScore = (score: number): number => Number(score.toFixed(SCORE_DECIMALS)) + 0;

const FLOAT32_DIGITS = 9;

/** The shortest decimal that reads back as this float32. */
export function shortestFloat32(value: number): number {
  for (let digits = 1; digits < FLOAT32_DIGITS; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return Number(value.toPrecision(FLOAT32_DIGITS));
}
