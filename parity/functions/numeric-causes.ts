import type { WireTensor } from '../../src/python/exchange.js';
import { type CaseInputs, leavesOfInputs, tensorsOf } from './values.js';

/** Relative difference up to which two numbers count as the same. */
const NEAR = 1e-4;

/** Relations between our numbers and the true ones that have usual causes. */
export function numericCauses(ours: WireTensor, truth: WireTensor, inputs: CaseInputs): string[] {
  const found = [shapeCause(ours, truth), ...sameLength(ours, truth, inputs)];
  return found.flatMap((cause) => (cause === undefined ? [] : [`likely cause: ${cause}`]));
}

function sameLength(ours: WireTensor, truth: WireTensor, inputs: CaseInputs): (string | undefined)[] {
  if (ours.data.length !== truth.data.length || ours.data.length === 0) return [];
  const a = Array.from(ours.data, Number);
  const b = Array.from(truth.data, Number);
  if (![...a, ...b].every(Number.isFinite)) return [nonFiniteCause(a, b)];
  const scale = Math.max(...b.map(Math.abs));
  if (scale === 0) return [];
  if (!ours.dtype.startsWith('float')) return [orderCause(a, b)];
  return [
    factorCause(a, b, scale, inputs),
    transposeCause(a, b, scale, truth.shape),
    normCause(a, b, truth.shape),
    orderCause(a, b),
  ];
}

function shapeCause({ shape }: WireTensor, truth: WireTensor): string | undefined {
  if (shape.join() === truth.shape.join()) return undefined;
  if (shape.toReversed().join() === truth.shape.join()) return 'ours is transposed';
  if (truth.data.length === 1) return 'ours is not reduced; the reference takes the mean or the sum';
  if (shape.length < truth.shape.length) return 'ours is reduced over an axis that the reference keeps';
  return undefined;
}

function nonFiniteCause(a: readonly number[], b: readonly number[]): string | undefined {
  const own = a.some((value) => !Number.isFinite(value));
  const theirs = b.some((value) => !Number.isFinite(value));
  if (own && !theirs) {
    return 'ours overflows or divides by zero: shift before exp, or add the epsilon of the reference';
  }
  return !own && theirs ? 'ours replaces a NaN or an infinity that the reference passes on' : undefined;
}

/** Every number is the same multiple of the true one, or off by the same amount. */
function factorCause(
  a: readonly number[],
  b: readonly number[],
  scale: number,
  inputs: CaseInputs,
): string | undefined {
  const largest = b.findIndex((value) => Math.abs(value) === scale);
  const factor = (a[largest] ?? 0) / (b[largest] ?? 1);
  if (
    factor !== 1 &&
    factor !== 0 &&
    a.every((value, i) => isSame(value, factor * (b[i] ?? 0), scale * Math.abs(factor)))
  ) {
    if (Math.abs(factor - 1) < NEAR) return undefined;
    return factorName(factor, inputs);
  }
  const offset = (a[0] ?? 0) - (b[0] ?? 0);
  const isOffset = a.length > 1 && Math.abs(offset) > NEAR * scale;
  if (isOffset && a.every((value, i) => isSame(value, (b[i] ?? 0) + offset, scale))) {
    return `every number is off by ${offset.toPrecision(6)}: a bias, a margin or an epsilon`;
  }
  return undefined;
}

function factorName(factor: number, inputs: CaseInputs): string {
  const named: (readonly [number, string])[] = [
    [-1, 'the sign is the other one'],
    [Math.LN2, 'a logarithm has another base: ours is ln 2 times the reference'],
    [1 / Math.LN2, 'a logarithm has another base: ours is 1 / ln 2 times the reference'],
    ...[...leavesOfInputs(inputs)].flatMap(([path, leaf]) =>
      leaf.kind !== 'number'
        ? []
        : [
            [leaf.value, `a factor ${path} is too much, or a division by ${path} is missing`] as const,
            [1 / leaf.value, `a factor ${path} is missing, or a division by ${path} is too much`] as const,
          ],
    ),
    ...[...tensorsOf(inputs)].flatMap(([path, { shape }]) => [
      ...shape.flatMap((size, axis) => [
        [size, `a mean is missing over axis ${axis} of ${path} (size ${size})`] as const,
        [1 / size, `a mean instead of a sum over axis ${axis} of ${path} (size ${size})`] as const,
        [
          Math.sqrt(size),
          `a scale by 1/sqrt(${size}), the size of axis ${axis} of ${path}, is missing`,
        ] as const,
        [
          1 / Math.sqrt(size),
          `a scale by 1/sqrt(${size}), the size of axis ${axis} of ${path}, is too much`,
        ] as const,
      ]),
      [shape.reduce((x, y) => x * y, 1), `a mean is missing over all numbers of ${path}`] as const,
      [1 / shape.reduce((x, y) => x * y, 1), `a mean instead of a sum over all numbers of ${path}`] as const,
    ]),
  ];
  const [, name] = named.find(([value]) => value !== 1 && isSame(factor, value, value)) ?? [];
  return (
    name ??
    `every number is ${factor.toPrecision(6)} times the true one: a reduction, a scale or a temperature`
  );
}

function transposeCause(
  a: readonly number[],
  b: readonly number[],
  scale: number,
  shape: readonly number[],
): string | undefined {
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2 || rows !== columns || rows < 2) return undefined;
  const isTransposed = a.every((value, i) =>
    isSame(value, b[(i % columns) * rows + Math.floor(i / columns)] ?? 0, scale),
  );
  return isTransposed ? 'ours is transposed' : undefined;
}

/** Rows that point in the same direction with another length. */
function normCause(a: readonly number[], b: readonly number[], shape: readonly number[]): string | undefined {
  const width = shape.at(-1) ?? 1;
  if (width < 2 || a.length === width) return undefined;
  const factors = new Set<number>();
  for (let start = 0; start < a.length; start += width) {
    const own = norm(a.slice(start, start + width));
    const theirs = norm(b.slice(start, start + width));
    if (own === 0 || theirs === 0) continue;
    for (let i = start; i < start + width; i++) {
      if (!isSame((a[i] ?? 0) / own, (b[i] ?? 0) / theirs, 1)) return undefined;
    }
    factors.add(Math.round((1e3 * own) / theirs));
  }
  return factors.size > 1
    ? 'rows have the right direction and another length: a normalization is missing or too much'
    : undefined;
}

const norm = (row: readonly number[]): number =>
  Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));

/** The same numbers in another order. */
function orderCause(a: readonly number[], b: readonly number[]): string | undefined {
  if (a.length < 2) return undefined;
  const [own, theirs] = [a.toSorted((x, y) => x - y), b.toSorted((x, y) => x - y)];
  const scale = Math.max(...theirs.map(Math.abs));
  const same = own.every((value, i) => isSame(value, theirs[i] ?? 0, scale));
  const moved = a.some((value, i) => !isSame(value, b[i] ?? 0, scale));
  return same && moved
    ? 'the same numbers in another order: the rule for ties, an axis, or a sort'
    : undefined;
}

const isSame = (a: number, b: number, scale: number): boolean => Math.abs(a - b) <= NEAR * Math.abs(scale);
