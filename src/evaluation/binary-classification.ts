/** How well a threshold separates the pairs of label 1 from those of label 0. */
export interface AccuracyAtThreshold {
  readonly accuracy: number;
  /** Pairs of at least this similarity count as similar. */
  readonly threshold: number;
}

export interface F1AtThreshold {
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
  /** Pairs of at least this similarity count as similar. */
  readonly threshold: number;
}

/** The pairs down to a similarity, ties included: how many there are, and how many of them have label 1. */
interface Cut {
  readonly pairs: number;
  readonly positives: number;
  /** The lowest similarity of these pairs. */
  readonly lowest: number;
  /** Halfway to the next lower similarity, or `lowest` if there is none or float32 has nothing between them. */
  readonly threshold: number;
}

/**
 * The highest share of pairs that a threshold labels correctly, and the highest threshold that reaches it. Above all
 * similarities a threshold calls every pair dissimilar.
 *
 * @param similarities float32 [pairs], higher for more similar pairs
 * @param labels 0 or 1 for each pair
 */
export function bestAccuracy(similarities: Float32Array, labels: readonly number[]): AccuracyAtThreshold {
  const negatives = labels.length - countPositives(labels);
  const cuts = [...cutsOf(similarities, labels)];
  let correct = negatives;
  let threshold = cuts[0] === undefined ? -1 : nextFloatAbove(cuts[0].lowest);
  for (const cut of cuts) {
    const correctHere = 2 * cut.positives - cut.pairs + negatives;
    if (correctHere > correct) [correct, threshold] = [correctHere, cut.threshold];
  }
  return { accuracy: labels.length === 0 ? 0 : correct / labels.length, threshold };
}

/**
 * The highest F1 = 2 P R / (P + R) of a threshold, with its precision P and recall R, and the highest threshold that
 * reaches it. All are 0 if no pair has label 1.
 *
 * @param similarities float32 [pairs], higher for more similar pairs
 * @param labels 0 or 1 for each pair
 */
export function bestF1(similarities: Float32Array, labels: readonly number[]): F1AtThreshold {
  const all = countPositives(labels);
  let best: F1AtThreshold = { f1: 0, precision: 0, recall: 0, threshold: 0 };
  for (const { pairs, positives, threshold } of cutsOf(similarities, labels)) {
    if (positives === 0) continue;
    const precision = positives / pairs;
    const recall = positives / all;
    const f1 = (2 * precision * recall) / (precision + recall);
    if (f1 > best.f1) best = { f1, precision, recall, threshold };
  }
  return best;
}

/**
 * Average precision: the sum over thresholds of precision times the gain of recall, without interpolation. Pairs of
 * equal similarity enter together. It is 0 if no pair has label 1.
 *
 * @param similarities [pairs], higher for more similar pairs
 * @param labels 0 or 1 for each pair
 */
export function averagePrecision(similarities: Float32Array, labels: readonly number[]): number {
  const all = countPositives(labels);
  let sum = 0;
  let before = 0;
  for (const { pairs, positives } of cutsOf(similarities, labels)) {
    sum += (positives - before) * (positives / pairs);
    before = positives;
  }
  return all === 0 ? 0 : sum / all;
}

/**
 * Matthews' correlation of labels with the prediction "similar from this threshold on":
 *
 *     (TP * TN - FP * FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN)),   and 0 where the root is 0
 */
export function matthewsCorrelation(
  similarities: Float32Array,
  labels: readonly number[],
  threshold: number,
): number {
  let [truePositives, predicted] = [0, 0];
  for (const [pair, similarity] of similarities.entries()) {
    if (similarity < threshold) continue;
    predicted++;
    truePositives += labels[pair] as number;
  }
  const positives = countPositives(labels);
  const [unpredicted, negatives] = [labels.length - predicted, labels.length - positives];
  const trueNegatives = negatives - (predicted - truePositives);
  const product = predicted * positives * (unpredicted * negatives);
  if (product === 0) return 0;
  const covariance =
    truePositives * trueNegatives - (predicted - truePositives) * (positives - truePositives);
  return covariance / Math.sqrt(product);
}

const countPositives = (labels: readonly number[]): number => labels.reduce((sum, label) => sum + label, 0);

/** The cuts between different similarities, the highest first. */
function* cutsOf(similarities: Float32Array, labels: readonly number[]): Generator<Cut> {
  const order = Uint32Array.from(similarities.keys()).toSorted(
    (a, b) => (similarities[b] as number) - (similarities[a] as number),
  );
  let positives = 0;
  for (const [place, pair] of order.entries()) {
    positives += labels[pair] as number;
    const lowest = similarities[pair] as number;
    const next = place + 1 < order.length ? (similarities[order[place + 1] as number] as number) : undefined;
    if (next === lowest) continue;
    yield { pairs: place + 1, positives, lowest, threshold: between(lowest, next) };
  }
}

/** The middle in float32, which must not include the lower similarity. */
function between(higher: number, lower: number | undefined): number {
  if (lower === undefined) return higher;
  const middle = Math.fround(Math.fround(higher + lower) / 2);
  return middle === lower ? higher : middle;
}

/** The smallest float32 above x. */
function nextFloatAbove(x: number): number {
  if (x === 0) return 2 ** -149;
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0] = (bits[0] as number) + (x > 0 ? 1 : -1);
  return new Float32Array(bits.buffer)[0] as number;
}
