/**
 * The tolerance policy, in one place.
 *
 * Three legs compute each tensor: ours in float32, PyTorch in float32, and PyTorch in float64 on the same inputs, the
 * truth. PyTorch's float32 leg runs three times, since a single run may be exact by luck: as it is, with rows and
 * dimensions in reverse order, and with every input moved to a neighbouring float. Ours passes if it is as close to the
 * truth as PyTorch is in the worst of the three:
 *
 *     err(ours) <= TOLERANCE x max( err(PyTorch float32), FLOOR_ULPS ulps of the tensor's scale )
 *
 * where err is the largest absolute difference from the truth over the tensor, and the scale the truth's largest
 * absolute value (for a gradient: over the gradients of that feature in all columns, since terms that belong to another
 * column cancel in it). NaN and infinities must stand at the same places as in PyTorch's float32 result, except that a
 * number may stand where PyTorch overflows, if it is the right one; an error on one side must be an error on the other. `npm run calibrate` measures what the two constants have to be.
 */
import type { CaseOutcome } from './case.js';
import type { WireTensor } from './exchange.js';

export const TOLERANCE = 16;
export const FLOOR_ULPS = 4;

/** The distance between 1 and the next float32. */
const ULP = 2 ** -23;
/** The smallest normal float32: below it, floats are evenly spaced. */
const SMALLEST_NORMAL = 2 ** -126;

/** PyTorch's results for one case. */
export interface ReferenceLegs {
  readonly float32: CaseOutcome;
  /** In reverse order of summation, and with inputs moved by at most one ulp. */
  readonly again: readonly CaseOutcome[];
  /** In float64. */
  readonly truth: CaseOutcome;
}

export type MismatchKind = 'error' | 'components' | 'shape' | 'non-finite' | 'value' | 'gradient';

export interface Mismatch {
  readonly kind: MismatchKind;
  /** Which tensor: value, components, or gradient/COLUMN.FEATURE. */
  readonly tensor: string;
  readonly message: string;
  /** Of the coordinate that is farthest off. */
  readonly coordinate?: readonly number[];
  readonly ours?: number;
  readonly float32?: number;
  readonly truth?: number;
  readonly ratio?: number;
}

export interface Verdict {
  /** Our error over PyTorch's (with the floor), the worst over value and components. */
  readonly valueRatio: number;
  /** The same over all gradients. */
  readonly gradientRatio: number;
  readonly mismatch?: Mismatch;
}

/** Judges our outcome of a case by the policy. */
export function compareOutcomes(ours: CaseOutcome, legs: ReferenceLegs): Verdict {
  const bothFine = ours.error === undefined && legs.float32.error === undefined;
  if (!bothFine) return compareErrors(ours, legs.float32);
  if ([...legs.again, legs.truth].some(({ error }) => error !== undefined)) {
    return mismatch(
      'error',
      '-',
      `the reference gives an error on one leg only: ${JSON.stringify(legs.truth.error)}`,
    );
  }
  if (ours.componentNames.join() !== legs.float32.componentNames.join()) {
    const names = (outcome: CaseOutcome): string => outcome.componentNames.join(', ');
    return mismatch(
      'components',
      'components',
      `ours are ${names(ours)}; the reference has ${names(legs.float32)}`,
    );
  }
  const scales = tensorScales(legs.truth);
  let valueRatio = 0;
  let gradientRatio = 0;
  let first: Mismatch | undefined;
  for (const [name, float32] of legs.float32.tensors) {
    const tensor = compareTensor(name, ours.tensors.get(name), float32, legs, scales.get(family(name)) ?? 0);
    if (name.startsWith('gradient/')) gradientRatio = Math.max(gradientRatio, tensor.ratio);
    else valueRatio = Math.max(valueRatio, tensor.ratio);
    first ??= tensor.mismatch;
  }
  return { valueRatio, gradientRatio, ...(first === undefined ? {} : { mismatch: first }) };
}

/** "gradient/2.sentenceEmbedding" belongs to the family "sentenceEmbedding"; values are families of their own. */
function family(name: string): string {
  return name.startsWith('gradient/') ? name.slice(name.indexOf('.') + 1) : name;
}

/** The largest finite absolute value of the truth in each family of tensors. */
function tensorScales(truth: CaseOutcome): Map<string, number> {
  const scales = new Map<string, number>();
  for (const [name, { data }] of truth.tensors) {
    let scale = scales.get(family(name)) ?? 0;
    for (const value of data) {
      const size = Math.abs(Number(value));
      if (size > scale && size < Infinity) scale = size;
    }
    scales.set(family(name), scale);
  }
  return scales;
}

function compareErrors(ours: CaseOutcome, reference: CaseOutcome): Verdict {
  if (ours.error !== undefined && reference.error !== undefined) return { valueRatio: 0, gradientRatio: 0 };
  const describe = ({ error }: CaseOutcome): string =>
    error === undefined ? 'computes a value' : `throws ${error.type}: ${error.message}`;
  return mismatch('error', '-', `ours ${describe(ours)}; the reference ${describe(reference)}`);
}

function mismatch(kind: MismatchKind, tensor: string, message: string): Verdict {
  return { valueRatio: Infinity, gradientRatio: Infinity, mismatch: { kind, tensor, message } };
}

interface TensorVerdict {
  readonly ratio: number;
  readonly mismatch?: Mismatch;
}

function compareTensor(
  name: string,
  ours: WireTensor | undefined,
  float32: WireTensor,
  { again, truth }: ReferenceLegs,
  scale: number,
): TensorVerdict {
  const exact = truth.tensors.get(name);
  if (ours === undefined || ours.shape.join() !== float32.shape.join()) {
    const shape = ours === undefined ? 'missing' : `of shape [${ours.shape.join(', ')}]`;
    const message = `ours is ${shape}; the reference has [${float32.shape.join(', ')}]`;
    return { ratio: Infinity, mismatch: { kind: 'shape', tensor: name, message } };
  }
  const gap = nonFiniteGap(ours.data, float32.data, exact?.data ?? float32.data, FLOOR_ULPS * ULP * scale);
  if (gap >= 0)
    return { ratio: Infinity, mismatch: at('non-finite', name, gap, ours, float32, exact, Infinity) };
  const runs = [float32.data, ...again.flatMap(({ tensors }) => tensors.get(name)?.data ?? [])];
  const { ratio, index } = errorRatio(ours.data, runs, exact?.data ?? float32.data, scale);
  if (ratio <= TOLERANCE) return { ratio };
  const kind = name.startsWith('gradient/') ? 'gradient' : 'value';
  return { ratio, mismatch: at(kind, name, index, ours, float32, exact, ratio) };
}

type Numbers = WireTensor['data'];

/** Where NaN or an infinity stands on one side only, or -1. To be right where PyTorch overflows is no mismatch. */
function nonFiniteGap(ours: Numbers, float32: Numbers, truth: Numbers, tolerance: number): number {
  for (let i = 0; i < float32.length; i++) {
    const a = Number(ours[i]);
    const b = Number(float32[i]);
    if (Number.isFinite(a) && Number.isFinite(b)) continue;
    const right = Math.abs(a - Number(truth[i])) <= tolerance;
    if (!Object.is(a, b) && !right) return i;
  }
  return -1;
}

/** Our largest error over PyTorch's (never less than the floor), and where ours is. */
export function errorRatio(
  ours: Numbers,
  float32: readonly Numbers[],
  truth: Numbers,
  scale: number,
): { ratio: number; index: number } {
  let worst = 0;
  let index = 0;
  let allowed = 0;
  for (let i = 0; i < truth.length; i++) {
    const exact = Number(truth[i]);
    const error = Math.abs(Number(ours[i]) - exact);
    if (!Number.isFinite(exact) || !Number.isFinite(error)) continue;
    if (error > worst) {
      worst = error;
      index = i;
    }
    for (const run of float32) {
      const runError = Math.abs(Number(run[i]) - exact);
      if (Number.isFinite(runError)) allowed = Math.max(allowed, runError);
    }
  }
  if (worst === 0) return { ratio: 0, index };
  const floor = FLOOR_ULPS * ULP * Math.max(scale, SMALLEST_NORMAL);
  return { ratio: worst / Math.max(allowed, floor), index };
}

function at(
  kind: MismatchKind,
  tensor: string,
  index: number,
  ours: WireTensor,
  float32: WireTensor,
  truth: WireTensor | undefined,
  ratio: number,
): Mismatch {
  const coordinate = coordinates(index, float32.shape);
  const values = {
    ours: Number(ours.data[index]),
    float32: Number(float32.data[index]),
    truth: Number(truth?.data[index] ?? Number.NaN),
  };
  const place = coordinate.length === 0 ? tensor : `${tensor}[${coordinate.join(', ')}]`;
  const message = `${place}: ours ${values.ours}, PyTorch float32 ${values.float32}, truth ${values.truth}`;
  return { kind, tensor, message, coordinate, ratio, ...values };
}

function coordinates(index: number, shape: readonly number[]): number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((size) => {
      const position = rest % size;
      rest = Math.floor(rest / size);
      return position;
    })
    .toReversed();
}
