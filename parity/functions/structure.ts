import type { TensorDraft } from './strata.js';

/** Gives the numbers the structure that the rules of the input ask for, row by row. */
export function applyStructure(draft: TensorDraft): void {
  const { values, shape, rules } = draft;
  const width = shape.at(-1) ?? 1;
  if (rules.structure === 'symmetric') return makeSymmetric(values, width);
  for (let start = 0; start < values.length; start += width) {
    const row = values.subarray(start, start + width);
    if (rules.active !== undefined) keepActive(row, rules.active, draft);
    if (rules.structure === 'one-hot') row.fill(0).fill(1, ...oneOf(draft, width));
    if (rules.structure === 'probabilities') makeProbabilities(row);
    if (rules.structure === 'sorted') row.sort();
  }
}

function oneOf({ random }: TensorDraft, width: number): [number, number] {
  const hot = random.below(width);
  return [hot, hot + 1];
}

function keepActive(
  row: Float64Array,
  [least, most]: readonly [number, number],
  { random, rules }: TensorDraft,
): void {
  const count = Math.min(row.length, least + random.below(most - least + 1));
  const places = random.shuffle(Array.from(row.keys()));
  for (const place of places.slice(count)) row[place] = 0;
  // A number that is zero by chance would not count.
  for (const place of places.slice(0, count)) row[place] ||= rules.max || rules.min;
}

function makeProbabilities(row: Float64Array): void {
  for (const [index, value] of row.entries()) row[index] = Math.abs(value);
  const sum = row.reduce((a, b) => a + b, 0);
  for (const [index, value] of row.entries()) row[index] = sum > 0 ? value / sum : 1 / row.length;
}

function makeSymmetric(values: Float64Array, width: number): void {
  for (let start = 0; start < values.length; start += width * width) {
    for (let row = 0; row < width; row++) {
      for (let column = 0; column < row; column++) {
        values[start + row * width + column] = values[start + column * width + row] ?? 0;
      }
    }
  }
}
