import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  answerOf,
  EVALUATORS_PROGRAM,
  parseAnswers,
  worstOf,
} from '../testing/evaluator-answers.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import {
  type Case,
  evaluatorOf,
  NAMES,
  requestOf,
  RUNS,
  sampledCases,
  waysModel,
  WRONG,
} from '../testing/pair-evaluations.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { recordWarnings } from '../testing/warnings.js';

const ours = async (each: Case): Promise<Answer> =>
  await answerOf(evaluatorOf(each), waysModel(each.embeddings, each.similarity), temporaryFolder());

async function theirs(all: readonly Case[]): Promise<readonly Answer[]> {
  const input = JSON.stringify(all.map(requestOf));
  return parseAnswers(String(await runInReference({ path: EVALUATORS_PROGRAM }, { input }))) as Answer[];
}

/** Its rounding error where the reference computes in float32. */
const TOLERANCE = 2e-6;

describe.runIf(HAS_REFERENCE)("metrics beside those of the reference's evaluators", () => {
  const sampled = NAMES.map(sampledCases);
  let expected: readonly Answer[];
  beforeAll(async () => {
    expected = await theirs(sampled.flat());
  }, LIVE_TIME);

  async function differences(place: number, make: (each: Case) => Case = (each) => each): Promise<string[]> {
    // A correlation that is not a number is warned of.
    recordWarnings();
    const found = await Promise.all((sampled[place] ?? []).map((each) => ours(make(each))));
    return found.flatMap((answer, index) => {
      const given = sampled[place]?.[index];
      const other = expected[place * RUNS + index];
      if (worstOf(answer, other, true) <= TOLERANCE) return [];
      return [JSON.stringify({ ours: answer, theirs: other, given })];
    });
  }

  it.each(NAMES.map((name, place) => [name, place] as const))('are the same: %s', async (_, place) => {
    expect(await differences(place)).toEqual([]);
  });

  it.each(
    NAMES.flatMap((name, place) =>
      Object.keys(WRONG[name]).map((mistake) => [name, mistake, place] as const),
    ),
  )('of %s would differ if %s', async (name, mistake, place) => {
    expect(await differences(place, WRONG[name][mistake])).not.toEqual([]);
  });
});
