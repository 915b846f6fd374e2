import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Answer,
  answerOf,
  EVALUATORS_PROGRAM,
  parseAnswers,
  worstOf,
} from '../../src/testing/evaluator-answers.js';
import {
  evaluatorOf,
  NAMES,
  requestOf,
  sampledCases,
  waysModel,
} from '../../src/testing/pair-evaluations.js';
import { RANKING_CASES } from '../../src/testing/ranking-cases.js';
import { stubModel } from '../../src/testing/stub-model.js';
import { lastLineOf } from '../programs/answer-of.js';

/** How the generated cases of an evaluator came out. */
export interface GeneratedResult {
  readonly evaluator: string;
  readonly cases: number;
  /** Cases whose files show equal scores in a ranking; null for evaluators that write none. */
  readonly withTies: number | null;
  /** The largest difference of a metric, a cell or a score; a number above 1 counts by its share. */
  readonly worst: number;
}

interface GeneratedCase {
  readonly evaluator: string;
  readonly request: object;
  readonly ours: (folder: string) => Promise<Answer>;
}

function generatedCases(): GeneratedCase[] {
  const rankings = RANKING_CASES.map(({ ours, ...request }): GeneratedCase => ({
    evaluator: request.evaluator,
    request,
    ours: (folder) => answerOf(ours(), stubModel(request.embeddings, request.similarity), folder),
  }));
  const pairs = NAMES.flatMap((name, place) => sampledCases(name, place)).map((each): GeneratedCase => ({
    evaluator: each.evaluator,
    request: requestOf(each),
    ours: (folder) => answerOf(evaluatorOf(each), waysModel(each.embeddings, each.similarity), folder),
  }));
  return [...rankings, ...pairs];
}

/** Lets both sides evaluate the generated cases of the tests, on the same embeddings. */
export async function compareGenerated(python: string): Promise<GeneratedResult[]> {
  const cases = generatedCases();
  const input = JSON.stringify(cases.map(({ request }) => request));
  const theirs = parseAnswers(await lastLineOf(python, ['-B', EVALUATORS_PROGRAM], { input }));
  const results = new Map<string, GeneratedResult>();
  for (const [at, { evaluator, ours }] of cases.entries()) {
    const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-evaluators-'));
    try {
      const answer = await ours(folder);
      const before = results.get(evaluator) ?? { evaluator, cases: 0, withTies: null, worst: 0 };
      const ties = tiesIn(answer);
      results.set(evaluator, {
        evaluator,
        cases: before.cases + 1,
        withTies: ties === undefined ? before.withTies : (before.withTies ?? 0) + Number(ties),
        worst: Math.max(before.worst, worstOf(answer, theirs[at], true)),
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return [...results.values()];
}

/** Whether a ranking in the predictions has equal scores; undefined without predictions with scores. */
function tiesIn({ files }: Answer): boolean | undefined {
  const rankings = Object.values(files)
    .flat()
    .flatMap((line) => ('results' in line && Array.isArray(line.results) ? [line.results as unknown[]] : []))
    .map((found) => found.flatMap((each) => scoreOf(each) ?? []))
    .filter((scores) => scores.length > 0);
  if (rankings.length === 0) return undefined;
  return rankings.some((scores) => new Set(scores).size < scores.length);
}

const scoreOf = (found: unknown): number | undefined =>
  typeof found === 'object' && found !== null && 'score' in found && typeof found.score === 'number'
    ? found.score
    : undefined;
