import type { WireTensor } from '../../src/python/exchange.js';
import type { CaseOutcome } from '../case.js';
import type { ReferenceLegs, Verdict } from '../compare.js';
import { coordinatesOf, largestError } from '../numbers.js';
import {
  byRatio,
  largerRatio,
  numberText,
  type ParityStatistics,
  type Ratio,
  ratioOf,
  type ReportCell,
  type WorstCoordinate,
} from './statistics.js';
import { ULP_LIMITS, ulpBin, ulpDistance } from './ulps.js';

/** One judged case. */
export interface SeenCase {
  readonly target: string;
  readonly stratum: string;
  /** How to make the case again. */
  readonly path: string;
  readonly ours: CaseOutcome;
  readonly legs: ReferenceLegs;
  readonly verdict: Verdict;
  readonly seconds?: number;
  /** Ties, kinks and other points of the data without a derivative, by what they are. */
  readonly points?: Readonly<Record<string, number>>;
}

/** Coordinates of a tensor that enter the histograms, at equal distances. */
const MOST_COORDINATES = 256;
const MOST_WORST = 20;

type Numbers = WireTensor['data'];
type Side = 'ours' | 'float32';

/**
 * Collects how far all cases of a run are from the truth.
 *
 *     const collector = new StatisticsCollector();
 *     collector.add({ target: 'huber', stratum: 'zeros', path: 'huber#zeros:3', ours, legs, verdict });
 *     collector.statistics; // plain JSON
 */
export class StatisticsCollector {
  readonly #cells = new Map<string, ReportCell>();
  readonly #ulps = ULP_LIMITS.map((upTo) => ({ upTo, ours: 0, float32: 0 }));
  readonly #errors = new Map<string, ParityStatistics['errors'][number]>();
  readonly #largest = new Map<number | null, ParityStatistics['largest'][number]>();
  readonly #worst = new Map<string, WorstCoordinate>();
  readonly #points = new Map<string, ParityStatistics['points'][number]>();
  #zeros = 0;
  #nonFinite = 0;

  add(seen: SeenCase): void {
    const { target, stratum, ours, legs, verdict, seconds = 0, points = {} } = seen;
    this.addCell({
      target,
      stratum,
      cases: 1,
      mismatches: verdict.mismatch === undefined ? 0 : 1,
      valueRatio: ratioOf(verdict.valueRatio),
      gradientRatio: ratioOf(verdict.gradientRatio),
      seconds,
    });
    for (const [name, number] of Object.entries(points)) {
      if (number > 0) this.#addPoints({ name, cases: 1, points: number });
    }
    for (const [name, { data }] of legs.float32.tensors) {
      const own = ours.tensors.get(name)?.data;
      const truth = legs.truth.tensors.get(name)?.data ?? data;
      if (own?.length === data.length && truth.length === data.length) this.#addTensor(own, data, truth);
    }
    this.#addWorst(seen);
  }

  /** Adds a line of the table for which no tensors are at hand. */
  addCell(cell: ReportCell): void {
    const key = JSON.stringify([cell.target, cell.stratum]);
    const known = this.#cells.get(key);
    this.#cells.set(key, known === undefined ? cell : sumOf(known, cell));
  }

  /** Adds what another collector has. */
  absorb(other: ParityStatistics): void {
    for (const cell of other.cells) this.addCell(cell);
    for (const [bin, { ours, float32 }] of other.ulps.entries()) {
      const own = this.#ulps[bin];
      if (own === undefined) continue;
      own.ours += ours;
      own.float32 += float32;
    }
    for (const { magnitude, error, ours, float32 } of other.errors) {
      const bin = this.#errorBin(magnitude, error);
      bin.ours += ours;
      bin.float32 += float32;
    }
    for (const { magnitude, ours, float32 } of other.largest) {
      this.#enlarge(magnitude, 'ours', ours);
      this.#enlarge(magnitude, 'float32', float32);
    }
    for (const worst of other.worst) this.#offerWorst(worst);
    for (const points of other.points) this.#addPoints(points);
    this.#zeros += other.zeros;
    this.#nonFinite += other.nonFinite;
  }

  get statistics(): ParityStatistics {
    const magnitudeOrder = (one: number | null, other: number | null): number =>
      one === other ? 0 : (one ?? -Infinity) - (other ?? -Infinity);
    const worst = [...this.#worst.values()].toSorted(
      (one, other) => byRatio(one, other) || (one.path < other.path ? -1 : 1),
    );
    return {
      cells: [...this.#cells.values()],
      ulps: this.#ulps.map((bin) => ({ ...bin })),
      errors: [...this.#errors.values()].toSorted(
        (one, other) =>
          magnitudeOrder(one.magnitude, other.magnitude) || magnitudeOrder(one.error, other.error),
      ),
      largest: [...this.#largest.values()].toSorted((one, other) =>
        magnitudeOrder(one.magnitude, other.magnitude),
      ),
      worst: worst.slice(0, MOST_WORST),
      points: [...this.#points.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1)),
      zeros: this.#zeros,
      nonFinite: this.#nonFinite,
    };
  }

  #addTensor(ours: Numbers, float32: Numbers, truth: Numbers): void {
    const stride = Math.ceil(truth.length / MOST_COORDINATES);
    for (let i = 0; i < truth.length; i += stride) {
      const exact = Number(truth[i]);
      const own = Number(ours[i]);
      const theirs = Number(float32[i]);
      if (exact === 0 && own === 0 && theirs === 0) {
        this.#zeros += 1;
      } else if (Number.isFinite(exact) && Number.isFinite(own) && Number.isFinite(theirs)) {
        this.#addNumber('ours', own, exact);
        this.#addNumber('float32', theirs, exact);
      } else {
        this.#nonFinite += 1;
      }
    }
  }

  #addNumber(side: Side, value: number, truth: number): void {
    const bin = this.#ulps[ulpBin(ulpDistance(value, truth))];
    if (bin !== undefined) bin[side] += 1;
    const magnitude = powerOfTen(truth);
    const error = Math.abs(value - truth);
    this.#errorBin(magnitude, powerOfTen(error))[side] += 1;
    this.#enlarge(magnitude, side, error);
  }

  #errorBin(magnitude: number | null, error: number | null): ParityStatistics['errors'][number] {
    const key = `${magnitude} ${error}`;
    const bin = this.#errors.get(key) ?? { magnitude, error, ours: 0, float32: 0 };
    this.#errors.set(key, bin);
    return bin;
  }

  #enlarge(magnitude: number | null, side: Side, error: number): void {
    const known = this.#largest.get(magnitude) ?? { magnitude, ours: 0, float32: 0 };
    known[side] = Math.max(known[side], error);
    this.#largest.set(magnitude, known);
  }

  #addPoints({ name, cases, points }: ParityStatistics['points'][number]): void {
    const known = this.#points.get(name) ?? { name, cases: 0, points: 0 };
    this.#points.set(name, { name, cases: known.cases + cases, points: known.points + points });
  }

  #addWorst({ target, stratum, path, ours, legs, verdict }: SeenCase): void {
    for (const [tensor, measured] of verdict.ratios) {
      const ratio = ratioOf(measured);
      if (ratio === 0 || !this.#isWorse(target, tensor, ratio)) continue;
      const own = ours.tensors.get(tensor);
      const float32 = legs.float32.tensors.get(tensor);
      if (own === undefined || float32 === undefined || own.data.length !== float32.data.length) continue;
      const truth = legs.truth.tensors.get(tensor) ?? float32;
      const { index } = largestError(own.data, truth.data);
      const { mismatch } = verdict;
      const found = mismatch?.tensor === tensor ? mismatch.coordinate : undefined;
      const at = found === undefined ? index : indexOf(found, float32.shape);
      this.#offerWorst({
        target,
        stratum,
        path,
        tensor,
        coordinate: coordinatesOf(at, float32.shape),
        ours: numberText(Number(own.data[at])),
        float32: numberText(Number(float32.data[at])),
        truth: numberText(Number(truth.data[at])),
        ratio,
      });
    }
  }

  #isWorse(target: string, tensor: string, ratio: Ratio): boolean {
    const known = this.#worst.get(`${target} ${tensor}`);
    return known === undefined || byRatio({ ratio }, known) < 0;
  }

  #offerWorst(worst: WorstCoordinate): void {
    if (this.#isWorse(worst.target, worst.tensor, worst.ratio)) {
      this.#worst.set(`${worst.target} ${worst.tensor}`, worst);
    }
  }
}

/** The statistics of several workers or shards together. */
export function mergeStatistics(parts: readonly ParityStatistics[]): ParityStatistics {
  const collector = new StatisticsCollector();
  for (const part of parts) collector.absorb(part);
  return collector.statistics;
}

const sumOf = (one: ReportCell, other: ReportCell): ReportCell => ({
  ...one,
  cases: one.cases + other.cases,
  mismatches: one.mismatches + other.mismatches,
  valueRatio: largerRatio(one.valueRatio, other.valueRatio),
  gradientRatio: largerRatio(one.gradientRatio, other.gradientRatio),
  seconds: one.seconds + other.seconds,
});

/** The power of ten of the smallest float32; smaller numbers count as such. */
const SMALLEST = -45;

const powerOfTen = (value: number): number | null =>
  value === 0 ? null : Math.max(SMALLEST, Math.floor(Math.log10(Math.abs(value))));

const indexOf = (coordinate: readonly number[], shape: readonly number[]): number =>
  coordinate.reduce((index, position, axis) => index * (shape[axis] ?? 1) + position, 0);
