import { aNumber, checkArguments, isObject, listOf } from '../arguments.js';
import { InputError } from '../errors.js';

const TEACHERS = listOf(
  'a list of lists of scores, one for each teacher',
  (each) => isObject(each) && 'length' in each,
);

/** Added to the range of scores, so that equal scores do not divide by 0. */
const EPSILON = 1e-6;

/**
 * One score for each document of a query, from several teachers whose scores have different ranges: each teacher's scores
 * are brought to 0 to 1, averaged over the teachers, and scaled. OpenSearch trains its inference-free models on these.
 *
 *     scale * mean_t (s_t - min s_t) / (max s_t - min s_t + 1e-6)
 *
 * @param teachers the scores of each teacher for the documents of one query, in the same order
 * @param scale Default: 30
 * @throws InputError without teachers, if they have different numbers of scores, or one is not a number
 * @example
 * ensembleTeacherScores([[2, 8, 5], [0.1, 0.9, 0.2]]); // about [0, 30, 9.4]
 */
export function ensembleTeacherScores(teachers: readonly ArrayLike<number>[], scale = 30): number[] {
  checkArguments('ensembleTeacherScores', { teachers: TEACHERS, scale: aNumber }, { teachers, scale });
  const [first] = teachers;
  if (first === undefined) {
    throw new InputError('ensembleTeacherScores: there are no teachers; expected one at least');
  }
  const normalized = teachers.map((scores, teacher) => {
    const values = Array.from(scores);
    if (values.length !== first.length || !values.every(Number.isFinite)) {
      throw new InputError(
        `ensembleTeacherScores: teacher ${teacher} has the scores [${values.join(', ')}]; expected ${first.length} finite numbers, one for each document`,
      );
    }
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return values.map((value) => (value - least) / (most - least + EPSILON));
  });
  return Array.from(first, (_, document) => {
    const sum = normalized.reduce((total, values) => total + (values[document] as number), 0);
    return (scale * sum) / teachers.length;
  });
}
