import { fc } from '../fast-check.js';
import { mix, shareOut } from '../plan.js';
import { targetName } from './check-config.js';
import type { Target } from './define.js';
import { fullRules, inputsArbitrary } from './draw.js';
import type { InputSpecs } from './input-spec.js';
import { nodesOf, tensorNodeAt } from './sizes.js';
import { FUNCTION_STRATA, type FunctionStratum, NON_FINITE } from './strata.js';
import type { CaseInputs, FunctionCase } from './values.js';

/** A case, and how to make it again. */
export interface PlannedFunctionCase {
  readonly case: FunctionCase;
  /** `TARGET#STRATUM:INDEX[:SHRINKS...]` */
  readonly path: string;
}

/** The cases of one stratum of a target, in the order in which they are drawn. */
export interface PlannedStratum {
  readonly stratum: FunctionStratum;
  readonly cases: readonly PlannedFunctionCase[];
}

/** Inputs that both sides have to refuse are strata, too. */
const REFUSED = 'refused-';
const REFUSED_CASES = 3;

/** The kinds of data that the inputs of a target can have. */
export function strataOfTarget({ inputs, nonFinite = false, refused = {} }: Target): FunctionStratum[] {
  const tensors = [...nodesOf(inputs)].flatMap(([path, node]) =>
    node.kind === 'tensor' || node.kind === 'same-as' ? [path] : [],
  );
  const drafts = tensors.map((path, index) => {
    const node = tensorNodeAt(inputs, path);
    const hasTwin = tensors.slice(0, index).some((other) => haveOneShape(inputs, path, other));
    return { rules: fullRules(node), rank: node.shape.length, hasTwin };
  });
  // Without tensors, the plain values have only their ranges.
  const sound = FUNCTION_STRATA.filter(
    (stratum, index) => index === 0 || drafts.some((draft) => stratum.applies(draft)),
  );
  const varying = sound.filter(({ sizes }) => sizes === undefined || hasRanges(inputs));
  const bad = Object.keys(refused).map((id) => ({
    id: `${REFUSED}${id}`,
    what: `${id}: both sides have to refuse it`,
    share: 0,
    applies: () => true,
  }));
  return [...varying, ...(nonFinite ? [NON_FINITE] : []), ...bad];
}

export const isRefusal = ({ id }: Pick<FunctionStratum, 'id'>): boolean => id.startsWith(REFUSED);

/** The source of the inputs of one stratum, and its seed. */
export function sourceOf(
  target: Target,
  stratum: FunctionStratum,
  seed: number,
): { arbitrary: ReturnType<typeof inputsArbitrary>; seed: number } {
  const changed = isRefusal(stratum) ? target.refused?.[stratum.id.slice(REFUSED.length)] : undefined;
  const inputs = { ...target.inputs, ...changed } as InputSpecs;
  return {
    arbitrary: inputsArbitrary(inputs, target.dims ?? {}, stratum),
    seed: mix(seed, `${targetName(target)}#${stratum.id}`),
  };
}

/** The cases of a target, distributed over its strata. The same seed gives the same cases. */
export function planTarget(target: Target, count: number, seed: number): PlannedStratum[] {
  const strata = strataOfTarget(target);
  const shares = shareOut(
    strata.filter((stratum) => !isRefusal(stratum)),
    count,
  );
  const name = targetName(target);
  return strata.map((stratum, index) => {
    const source = sourceOf(target, stratum, seed);
    const numRuns = isRefusal(stratum) ? REFUSED_CASES : (shares[index] ?? 1);
    const drawn = fc.sample(source.arbitrary, { numRuns, seed: source.seed });
    return {
      stratum,
      cases: drawn.map((inputs: CaseInputs, number) => ({
        case: { target: name, stratum: stratum.id, inputs },
        path: `${name}#${stratum.id}:${number}`,
      })),
    };
  });
}

function haveOneShape(inputs: InputSpecs, a: string, b: string): boolean {
  const follow = (path: string): string => JSON.stringify(tensorNodeAt(inputs, path).shape);
  return tensorNodeAt(inputs, a) === tensorNodeAt(inputs, b) || follow(a) === follow(b);
}

const hasRanges = (inputs: InputSpecs): boolean =>
  [...nodesOf(inputs)].some(
    ([, node]) => node.kind === 'tensor' && node.shape.some((size) => typeof size !== 'number'),
  );
