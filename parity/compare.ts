import type { WireTensor } from '../src/python/exchange.js';
/**
 * The tolerance policy, in one place.
 *
 * Three legs compute each tensor: ours in float32, PyTorch in float32, and PyTorch in float64 on the same inputs, which
 * counts as the truth. PyTorch's float32 leg runs three times, since a single run may be exact by luck: unchanged, with
 * rows and dimensions in reverse order, and with every input moved to a neighbouring float. Ours passes if it is as
 * close to the truth as PyTorch is in the worst of the three:
 *
 *     err(ours) <= TOLERANCE x max( err(PyTorch float32), floor )
 *
 * err is the largest absolute difference from the truth over the tensor. The floor is FLOOR_ULPS ulps of the tensor's
 * scale, or CONDITION_SHARE of the case's condition number if that is larger (conditioning.ts): luck in a rounding that
 * is amplified survives every order. The scale is the truth's largest absolute value; for a gradient it is the largest
 * over the gradients of that feature in all columns, since terms that belong to another column cancel in it. Gradients
 * that vanish to twelve digits, such as those of a cosine between parallel rows, are measured relative to the inputs.
 *
 * Gradients are compared for every float32 input, including labels. If none flows in the reference, ours has to be
 * exactly 0.
 *
 * NaN and infinities must be at the same positions as in PyTorch's float32 result, except that a correct number is
 * allowed where PyTorch overflows. An error on one side must be an error on the other.
 *
 * `npm run calibrate` measures the necessary constants, with PyTorch in other orders of summation as the port.
 */
import type { CaseOutcome } from './case.js';
import { type Conditioning, LABEL_GRADIENT, largestFinite } from './conditioning.js';
import { coordinatesOf, largestError, type Numbers } from './numbers.js';

/** More than twice what PyTorch needs when compared with itself. */
export const TOLERANCE = 16;
export const FLOOR_ULPS = 4;
export const CONDITION_SHARE = 1 / 4;

/** The distance between 1 and the next float32. */
const ULP = 2 ** -23;
/** A gradient below this share of the inputs is only a remainder of cancelling terms. */
const VANISHED = 2 ** -40;
/** The smallest normal float32: below it, floats are evenly spaced. */
const SMALLEST_NORMAL = 2 ** -126;

/** PyTorch's results for one case. */
export interface ReferenceLegs {
  readonly float32: CaseOutcome;
  /** In float64. */
  readonly truth: CaseOutcome;
  /** For each tensor, the largest finite difference from the truth over PyTorch's float32 runs. */
  readonly errors: ReadonlyMap<string, number>;
  readonly conditioning: Conditioning;
}

/** Combines PyTorch's float32 runs, the plain one first, with the truth. */
export function combineLegs(
  runs: readonly [CaseOutcome, ...CaseOutcome[]],
  truth: CaseOutcome,
  conditioning: Conditioning,
): ReferenceLegs {
  const [float32] = runs;
  const failed = [...runs, truth].find(({ error }) => error !== undefined);
  if (failed !== undefined && float32.error === undefined) {
    throw new Error(`the reference fails on one leg only: ${failed.error?.type}: ${failed.error?.message}`);
  }
  const errors = new Map<string, number>();
  for (const [name, exact] of truth.tensors) {
    const found = runs.map(
      ({ tensors }) => largestError(tensors.get(name)?.data ?? exact.data, exact.data).error,
    );
    errors.set(name, Math.max(...found));
  }
  return { float32, truth, errors, conditioning };
}

export type MismatchKind =
  | 'error'
  | 'components'
  | 'shape'
  | 'dtype'
  | 'non-finite'
  | 'value'
  | 'gradient'
  | 'support'
  | 'ulps';

export interface Mismatch {
  readonly kind: MismatchKind;
  /** The tensor: value, components, gradient/COLUMN.FEATURE or gradient/labels. */
  readonly tensor: string;
  readonly message: string;
  /** The coordinate with the largest error. */
  readonly coordinate?: readonly number[];
  readonly ours?: number;
  readonly float32?: number;
  readonly truth?: number;
  readonly ratio?: number;
}

export interface Verdict {
  /** Our error divided by PyTorch's (with the floor), the worst over value and components. */
  readonly valueRatio: number;
  /** The same over all gradients. */
  readonly gradientRatio: number;
  /** The ratio of each tensor. */
  readonly ratios: ReadonlyMap<string, number>;
  readonly mismatch?: Mismatch;
}

/** What a user may set of the policy. */
export interface Policy {
  /** Our error divided by that of the reference, up to which a result passes. */
  readonly tolerance: number;
  /** The distance between 1 and the next number of the precision in which ours computes. */
  readonly ulp: number;
  /** Tensors of one family are measured on one scale. */
  readonly family: (tensor: string) => string;
}

/** "gradient/2.sentenceEmbedding" belongs to the family "sentenceEmbedding"; each value is its own family. */
const featureOf = (name: string): string =>
  name.startsWith('gradient/') ? name.slice(name.indexOf('.') + 1) : name;

const POLICY: Policy = { tolerance: TOLERANCE, ulp: ULP, family: featureOf };

/** Judges our outcome of a case by the policy. */
export function compareOutcomes(ours: CaseOutcome, legs: ReferenceLegs, policy: Policy = POLICY): Verdict {
  const bothFine = ours.error === undefined && legs.float32.error === undefined;
  if (!bothFine) return compareErrors(ours, legs.float32);
  if (ours.componentNames.join() !== legs.float32.componentNames.join()) {
    const names = (outcome: CaseOutcome): string => outcome.componentNames.join(', ');
    return mismatch(
      'components',
      'components',
      `ours are ${names(ours)}; the reference has ${names(legs.float32)}`,
    );
  }
  const { family } = policy;
  const scales = tensorScales(legs, family);
  let valueRatio = 0;
  let gradientRatio = 0;
  let first: Mismatch | undefined;
  const ratios = new Map<string, number>();
  for (const name of legs.float32.tensors.keys()) {
    const tensor = compareTensor(name, ours.tensors.get(name), legs, scales.get(family(name)) ?? 0, policy);
    ratios.set(name, tensor.ratio);
    if (name.startsWith('gradient/')) gradientRatio = Math.max(gradientRatio, tensor.ratio);
    else valueRatio = Math.max(valueRatio, tensor.ratio);
    first ??= tensor.mismatch;
  }
  const stray = strayGradient(ours, legs.float32);
  if (stray !== undefined) gradientRatio = Infinity;
  first ??= stray;
  return { valueRatio, gradientRatio, ratios, ...(first === undefined ? {} : { mismatch: first }) };
}

/** Our gradient of an input to which none flows in the reference. */
function strayGradient(ours: CaseOutcome, reference: CaseOutcome): Mismatch | undefined {
  for (const [tensor, { data, shape }] of ours.tensors) {
    if (!tensor.startsWith('gradient/') || reference.tensors.has(tensor)) continue;
    const index = data.findIndex((x: number | bigint) => Number(x) !== 0);
    if (index < 0) continue;
    const coordinate = coordinatesOf(index, shape);
    const value = Number(data[index]);
    const message = `${tensor}[${coordinate.join(', ')}]: ours ${value}; in the reference no gradient flows there`;
    return { kind: 'gradient', tensor, message, coordinate, ours: value, ratio: Infinity };
  }
  return undefined;
}

/** The largest finite absolute value of the truth in each family of tensors. */
function tensorScales({ truth, conditioning }: ReferenceLegs, family: Policy['family']): Map<string, number> {
  const scales = new Map<string, number>();
  const gradients = new Set<string>();
  for (const [name, { data }] of truth.tensors) {
    if (name.startsWith('gradient/')) gradients.add(family(name));
    scales.set(family(name), Math.max(scales.get(family(name)) ?? 0, largestFinite(data)));
  }
  for (const [name, scale] of scales) {
    const input = name === LABEL_GRADIENT ? conditioning.labelScale : conditioning.inputScale;
    if (gradients.has(name) && scale < VANISHED * input) scales.set(name, input);
  }
  return scales;
}

function compareErrors(ours: CaseOutcome, reference: CaseOutcome): Verdict {
  if (ours.error !== undefined && reference.error !== undefined) {
    return { valueRatio: 0, gradientRatio: 0, ratios: new Map() };
  }
  const describe = ({ error }: CaseOutcome): string =>
    error === undefined ? 'computes a value' : `throws ${error.type}: ${error.message}`;
  return mismatch('error', '-', `ours ${describe(ours)}; the reference ${describe(reference)}`);
}

function mismatch(kind: MismatchKind, tensor: string, message: string): Verdict {
  return {
    valueRatio: Infinity,
    gradientRatio: Infinity,
    ratios: new Map(),
    mismatch: { kind, tensor, message },
  };
}

interface TensorVerdict {
  readonly ratio: number;
  readonly mismatch?: Mismatch;
}

function compareTensor(
  name: string,
  ours: WireTensor | undefined,
  legs: ReferenceLegs,
  scale: number,
  { tolerance, ulp }: Policy,
): TensorVerdict {
  const float32 = legs.float32.tensors.get(name);
  const truth = legs.truth.tensors.get(name);
  if (ours === undefined || float32 === undefined || ours.shape.join() !== float32.shape.join()) {
    const shape = ours === undefined ? 'missing' : `of shape [${ours.shape.join(', ')}]`;
    const message = `ours is ${shape}; the reference has [${float32?.shape.join(', ')}]`;
    return { ratio: Infinity, mismatch: { kind: 'shape', tensor: name, message } };
  }
  const exact = truth ?? float32;
  if (classOf(ours) !== classOf(float32)) {
    const message = `${name}: ours is ${ours.dtype}; the reference has ${float32.dtype}`;
    return { ratio: Infinity, mismatch: { kind: 'dtype', tensor: name, message } };
  }
  const ulps = Math.max(FLOOR_ULPS, CONDITION_SHARE * legs.conditioning.condition);
  const floor = ulps * ulp * Math.max(scale, SMALLEST_NORMAL);
  const gap = nonFiniteGap(ours.data, float32.data, exact.data, floor);
  if (gap >= 0) {
    return { ratio: Infinity, mismatch: at('non-finite', name, gap, ours, float32, exact, Infinity) };
  }
  const { error, index } = largestError(ours.data, exact.data);
  // Whole numbers and truth values are not rounded.
  const isExact = classOf(float32) !== 'float';
  const ratio = isExact ? (error > 0 ? Infinity : 0) : error / Math.max(legs.errors.get(name) ?? 0, floor);
  if (ratio <= tolerance) return { ratio };
  const kind = name.startsWith('gradient/') ? 'gradient' : 'value';
  const worst = at(kind, name, index, ours, float32, exact, ratio);
  const extent = differing(ours, exact, isExact ? 0 : (tolerance * error) / ratio);
  return { ratio, mismatch: { ...worst, message: `${worst.message}${extent}` } };
}

/** float, int or bool: tfjs has no other integers than int32, so their width does not matter. */
function classOf({ dtype }: WireTensor): 'float' | 'int' | 'bool' {
  if (dtype === 'bool') return 'bool';
  return dtype.startsWith('float') ? 'float' : 'int';
}

/** How many coordinates differ by more than is allowed, and the first of them; empty for a single number. */
function differing(ours: WireTensor, exact: WireTensor, allowed: number): string {
  const { length } = exact.data;
  const wrong = Array.from({ length }, (_, i) => i).filter(
    (i) => Math.abs(Number(ours.data[i]) - Number(exact.data[i])) > allowed,
  );
  const [first] = wrong;
  if (first === undefined || length === 1) return '';
  return ` (${wrong.length} of ${length} differ, first [${coordinatesOf(first, exact.shape).join(', ')}])`;
}

/**
 * The position at which only one side has NaN or an infinity, or -1. Being correct where PyTorch overflows is not a
 * mismatch.
 */
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

function at(
  kind: MismatchKind,
  tensor: string,
  index: number,
  ours: WireTensor,
  float32: WireTensor,
  truth: WireTensor | undefined,
  ratio: number,
): Mismatch {
  const coordinate = coordinatesOf(index, float32.shape);
  const values = {
    ours: Number(ours.data[index]),
    float32: Number(float32.data[index]),
    truth: Number(truth?.data[index] ?? Number.NaN),
  };
  const place = coordinate.length === 0 ? tensor : `${tensor}[${coordinate.join(', ')}]`;
  const message = `${place}: ours ${values.ours}, PyTorch float32 ${values.float32}, truth ${values.truth}`;
  return { kind, tensor, message, coordinate, ratio, ...values };
}
