import { checkArguments, listOf } from '../arguments.js';
import { InputError } from '../errors.js';
import { countFrom, number, numberAbove, type OptionRules, resolveOptions } from '../options.js';
import { type Random, seededRandom } from '../random.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** The share of resampled means within the interval. Default: 0.95. */
  readonly confidence?: number;
  /** Default: 10000. */
  readonly resamples?: number;
  /** Default: 0. */
  readonly seed?: number;
}

export interface RandomizationOptions {
  /** How many random exchanges to try; all are tried if there are no more. Default: 10000. */
  readonly resamples?: number;
  /** Default: 0. */
  readonly seed?: number;
}

export interface PairedTest {
  /** The mean of the first scores minus that of the second. */
  readonly difference: number;
  /** The probability of a difference at least as large, in either direction, if both were equally good. */
  readonly pValue: number;
}

const SCORES = listOf('a list of finite numbers', (score) => Number.isFinite(score));

const BOOTSTRAP_RULES: OptionRules<Required<BootstrapOptions>> = {
  confidence: {
    ...numberAbove(0, 0.95),
    expects: 'a number above 0 and below 1',
    accepts: (value) => typeof value === 'number' && value > 0 && value < 1,
  },
  resamples: countFrom(1, 10_000),
  seed: number(0),
};

const RANDOMIZATION_RULES: OptionRules<Required<RandomizationOptions>> = {
  resamples: countFrom(1, 10_000),
  seed: number(0),
};

/**
 * A confidence interval of the mean over queries, by the percentile bootstrap: queries are drawn with replacement, and
 * the interval leaves out equal shares of the lowest and highest means.
 *
 * Source: Efron, Bootstrap Methods: Another Look at the Jackknife (1979).
 *
 * @param scores one for each query
 * @throws InputError unless there is a score, and all are finite
 */
export function bootstrapInterval(scores: readonly number[], options: BootstrapOptions = {}): Interval {
  checkArguments('bootstrapInterval', { scores: SCORES }, { scores });
  const { confidence, resamples, seed } = resolveOptions('bootstrapInterval', BOOTSTRAP_RULES, options);
  if (scores.length === 0) {
    throw new InputError('bootstrapInterval: there are no scores; expected one at least');
  }
  const random = seededRandom(seed);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let drawn = 0; drawn < scores.length; drawn++) sum += scores[random.below(scores.length)] as number;
    means[resample] = sum / scores.length;
  }
  means.sort();
  const tail = (1 - confidence) / 2;
  return { low: quantile(means, tail), high: quantile(means, 1 - tail) };
}

/** By linear interpolation between the two nearest. */
function quantile(ascending: Float64Array, share: number): number {
  const at = share * (ascending.length - 1);
  const below = ascending[Math.floor(at)] as number;
  const above = ascending[Math.ceil(at)] as number;
  return below + (at - Math.floor(at)) * (above - below);
}

/**
 * Fisher's paired randomization test of two systems on the same queries, in both directions: if both were equally good,
 * exchanging their scores for any query would change nothing, so the observed difference of means is compared with those
 * after exchanges. With few queries, all 2^queries exchanges are tried and the p value is exact. Otherwise it is
 * (c + 1) / (resamples + 1), where c of the random exchanges give a difference as large.
 *
 * Source: Smucker, Allan and Carterette, A Comparison of Statistical Significance Tests for Information Retrieval
 * Evaluation (CIKM 2007).
 *
 * @param first one score for each query
 * @param second the other system's scores, in the same order
 * @throws InputError unless both have the same number of scores, one at least, and all are finite
 */
export function pairedRandomizationTest(
  first: readonly number[],
  second: readonly number[],
  options: RandomizationOptions = {},
): PairedTest {
  const place = 'pairedRandomizationTest';
  checkArguments(place, { first: SCORES, second: SCORES }, { first, second });
  const { resamples, seed } = resolveOptions(place, RANDOMIZATION_RULES, options);
  if (first.length !== second.length || first.length === 0) {
    throw new InputError(
      `${place}: ${first.length} and ${second.length} scores; expected equal numbers, one at least`,
    );
  }
  const differences = first.map((score, query) => score - (second[query] as number));
  const observed = differences.reduce((sum, each) => sum + each, 0);
  // Sums in another order differ in their last digits.
  const least = Math.abs(observed) * (1 - 1e-12) - 1e-15;
  const isExact = 2 ** differences.length <= resamples;
  const tries = isExact ? 2 ** differences.length : resamples;
  const exchange = isExact ? exactly : randomly(seededRandom(seed));
  let asLarge = 0;
  for (let attempt = 0; attempt < tries; attempt++) {
    if (Math.abs(exchange(differences, attempt)) >= least) asLarge++;
  }
  const pValue = isExact ? asLarge / tries : (asLarge + 1) / (tries + 1);
  return { difference: observed / differences.length, pValue };
}

/** The sum of the differences after an exchange of the queries whose bits are set. */
const exactly = (differences: readonly number[], bits: number): number =>
  differences.reduce((sum, each, query) => sum + ((bits >> query) & 1 ? -each : each), 0);

const randomly =
  (random: Random) =>
  (differences: readonly number[]): number =>
    differences.reduce((sum, each) => sum + (random.below(2) === 1 ? -each : each), 0);
