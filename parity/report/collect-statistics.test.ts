import { expect, it } from 'vitest';
import type { CaseOutcome } from '../case.js';
import { combineLegs, compareOutcomes } from '../compare.js';
import { mergeStatistics, StatisticsCollector } from './collect-statistics.js';
import { type ParityStatistics, statisticsSchema } from './statistics.js';
import { ULP_LIMITS, ulpBin, ulpDistance } from './ulps.js';

const outcome = (value: number[]): CaseOutcome => ({
  componentNames: [],
  tensors: new Map([['value', { dtype: 'float32', shape: [value.length], data: Float32Array.from(value) }]]),
});

/** The statistics of cases in which PyTorch is exact, and ours is as given. */
function statisticsOf(
  cases: readonly { stratum: string; ours: number[]; truth: number[] }[],
): ParityStatistics {
  const collector = new StatisticsCollector();
  for (const [index, { stratum, ours, truth }] of cases.entries()) {
    const exact = outcome(truth);
    const legs = combineLegs([exact], exact, { inputScale: 1, labelScale: 0, condition: 1 });
    collector.add({
      target: 'huber',
      stratum,
      path: `huber#${stratum}:${index}`,
      ours: outcome(ours),
      legs,
      verdict: compareOutcomes(outcome(ours), legs),
      points: { ties: index, kinks: 0 },
    });
  }
  return collector.statistics;
}

const step = 2 ** -23;
const first = { stratum: 'zeros', ours: [0, 1 + 3 * step, -20], truth: [0, 1, -20] };
const second = { stratum: 'large', ours: [150, 1], truth: [100, 1] };
const third = { stratum: 'zeros', ours: [Number.NaN, 1], truth: [1, 1] };

it('counts coordinates by their distance from the truth, and by magnitude and error', () => {
  const { ulps, errors, largest, zeros, nonFinite } = statisticsOf([first, second, third]);
  const filled = ulps.filter(({ ours }) => ours > 0);
  // -20, 1 and 1 are exact; 1 + 3 steps is in the bin up to 4; 150 in place of 100 is millions of steps off.
  expect(filled.map(({ upTo, ours }) => [upTo, ours])).toEqual([
    [0, 3],
    [4, 1],
    [null, 1],
  ]);
  expect(ulps.reduce((sum, { float32 }) => sum + float32, 0)).toBe(5);
  expect([zeros, nonFinite]).toEqual([1, 1]);
  expect(errors).toContainEqual({ magnitude: 0, error: -7, ours: 1, float32: 0 });
  expect(errors).toContainEqual({ magnitude: 2, error: 1, ours: 1, float32: 0 });
  expect(errors).toContainEqual({ magnitude: 2, error: null, ours: 0, float32: 1 });
  expect(largest).toContainEqual({ magnitude: 2, ours: 50, float32: 0 });
});

it('counts cases and mismatches by stratum, and names the worst coordinate', () => {
  const { cells, worst, points } = statisticsOf([first, second, third]);
  expect(cells).toMatchObject([
    { target: 'huber', stratum: 'zeros', cases: 2, mismatches: 1, valueRatio: null },
    { target: 'huber', stratum: 'large', cases: 1, mismatches: 1 },
  ]);
  expect(worst).toMatchObject([
    { path: 'huber#zeros:2', coordinate: [0], ours: 'NaN', float32: '1', ratio: null },
  ]);
  expect(points).toEqual([{ name: 'ties', cases: 2, points: 3 }]);
});

it('is the same when parts are joined, and survives JSON', () => {
  const parts = [statisticsOf([first]), statisticsOf([second]), statisticsOf([third])];
  const joined = mergeStatistics(
    parts.map((part) => statisticsSchema.parse(JSON.parse(JSON.stringify(part)))),
  );
  const whole = statisticsOf([first, second, third]);
  // Paths and ties are numbered within each part.
  const { worst: _worst, points: _points, ...rest } = joined;
  expect(whole).toMatchObject(rest);
  expect(joined.worst[0]).toMatchObject({ ours: 'NaN', ratio: null });
});

it('stays small for many cases', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({
    stratum: 'ordinary',
    ours: Array.from({ length: 1000 }, (__, i) => 10 ** ((i % 70) - 35) * (1 + (index * i) / 1e9)),
    truth: Array.from({ length: 1000 }, (__, i) => 10 ** ((i % 70) - 35)),
  }));
  expect(JSON.stringify(statisticsOf(many)).length).toBeLessThan(100_000);
});

it.each([
  [1, 1 + step, 1],
  [1, 1 - step / 2, 1],
  [-0, 0, 0],
  [2 ** -149, -(2 ** -149), 2],
  [1, 2, 2 ** 23],
])('between %d and %d are %d float32 steps', (one, other, steps) => {
  expect(ulpDistance(one, other)).toBe(steps);
  const limit = ULP_LIMITS[ulpBin(steps)];
  const below = ULP_LIMITS[ulpBin(steps) - 1] ?? -1;
  expect(steps <= (limit ?? Infinity) && steps > below).toBe(true);
});
