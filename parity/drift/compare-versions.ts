import type { WireTensor } from '../../src/python/exchange.js';
import type { CaseOutcome } from '../case.js';
import type { Observed } from './observe.js';

/** Legs that are compared: the others only measure how exact a version is. */
const LEGS = ['float32', 'float64'] as const;

/** A case for which two versions differ. */
export interface ChangedCase {
  readonly path: string;
  readonly leg: string;
  /** `error`, `components`, or the name of the first tensor that differs. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

export interface ChangedQuirk {
  readonly id: string;
  readonly before: string;
  readonly after: string;
}

export interface Drift {
  readonly from: string;
  readonly to: string;
  readonly cases: number;
  readonly quirks: number;
  readonly changedCases: readonly ChangedCase[];
  readonly changedQuirks: readonly ChangedQuirk[];
}

/**
 * What changed from one version to the next: the first difference of each case, in each precision, and every quirk that
 * shows something else. Both versions compute the same operations on one thread, so equal code gives equal bits.
 */
export function compareVersions(before: Observed, after: Observed): Drift {
  const changedCases = [...before.outcomes].flatMap(([path, legs]) =>
    LEGS.flatMap((leg): ChangedCase[] => {
      const [old, recent] = [legs.get(leg), after.outcomes.get(path)?.get(leg)];
      if (old === undefined || recent === undefined) {
        throw new RangeError(`${path} has no ${leg} result of both versions`);
      }
      const difference = differenceOf(old, recent);
      return difference === undefined ? [] : [{ path, leg, ...difference }];
    }),
  );
  const changedQuirks = before.quirks.flatMap(({ quirk, still, seen }, index): ChangedQuirk[] => {
    const recent = after.quirks[index];
    if (recent === undefined || (recent.still === still && recent.seen === seen)) return [];
    const told = (shows: boolean, text: string): string =>
      `${shows ? 'shows it' : 'does not show it'}: ${text}`;
    return [{ id: quirk.id, before: told(still, seen), after: told(recent.still, recent.seen) }];
  });
  return {
    from: before.version,
    to: after.version,
    cases: before.outcomes.size,
    quirks: before.quirks.length,
    changedCases,
    changedQuirks,
  };
}

type Difference = Omit<ChangedCase, 'path' | 'leg'>;

function differenceOf(before: CaseOutcome, after: CaseOutcome): Difference | undefined {
  const texts: readonly Difference[] = [
    { what: 'error', before: errorText(before), after: errorText(after) },
    {
      what: 'components',
      before: before.componentNames.join(', '),
      after: after.componentNames.join(', '),
    },
  ];
  const told = texts.find((one) => one.before !== one.after);
  if (told !== undefined) return told;
  for (const name of new Set([...before.tensors.keys(), ...after.tensors.keys()])) {
    const [old, recent] = [before.tensors.get(name), after.tensors.get(name)];
    const difference = tensorDifference(old, recent);
    if (difference !== undefined) return { what: name, ...difference };
  }
  return undefined;
}

const errorText = ({ error }: CaseOutcome): string =>
  error === undefined ? 'no error' : `${error.type}: ${error.message}`;

function tensorDifference(
  before: WireTensor | undefined,
  after: WireTensor | undefined,
): { before: string; after: string } | undefined {
  if (before === undefined || after === undefined) {
    return before === after ? undefined : { before: shapeText(before), after: shapeText(after) };
  }
  if (before.shape.join() !== after.shape.join()) {
    return { before: shapeText(before), after: shapeText(after) };
  }
  for (const [index, old] of before.data.entries()) {
    const recent = after.data[index];
    if (!Object.is(old, recent)) {
      return { before: `${numberText(old)} at ${index}`, after: `${numberText(recent)} at ${index}` };
    }
  }
  return undefined;
}

const numberText = (number: unknown): string => (Object.is(number, -0) ? '-0' : String(number));

const shapeText = (tensor: WireTensor | undefined): string =>
  tensor === undefined ? 'absent' : `${tensor.dtype} [${tensor.shape.join(', ')}]`;
