import type { Random } from '../../src/random.js';
import { uniform } from '../arbitraries/draft.js';
import type { TensorRules } from './input-spec.js';

/** The numbers of a tensor while they are made. Strata change them in place; the rules of the input hold afterwards. */
export interface TensorDraft {
  readonly values: Float64Array;
  readonly shape: readonly number[];
  readonly rules: Required<Pick<TensorRules, 'dtype' | 'min' | 'max'>> & TensorRules;
  readonly random: Random;
  /** The numbers of an earlier input of the same shape. */
  readonly earlier: Float64Array | undefined;
}

/** A kind of awkward data. */
export interface FunctionStratum {
  readonly id: string;
  readonly what: string;
  /** Its share of the cases. */
  readonly share: number;
  /** Whether an input can have such numbers. A target has the strata that one of its tensors can have. */
  readonly applies: (
    draft: Pick<TensorDraft, 'rules'> & { readonly rank: number; readonly hasTwin: boolean },
  ) => boolean;
  /** Sizes at an end of their ranges. */
  readonly sizes?: 'least' | 'most';
  readonly change?: (draft: TensorDraft) => void;
  /**
   * Whether the numbers lie where the function may not be differentiable, so that the subgradient is compared, too. The
   * report counts these cases.
   */
  readonly sharp?: boolean;
}

const always = (): boolean => true;
const isFloat = ({ rules: { dtype } }: { readonly rules: Pick<TensorRules, 'dtype'> }): boolean =>
  dtype === undefined || dtype.startsWith('float');
const holds = (value: number, { min, max }: { min: number; max: number }): boolean =>
  min <= value && value <= max;
const free = ({ structure }: TensorRules): boolean => structure === undefined;

/** The step from a number of this size to the next float32. */
export const float32Step = (value: number): number => {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(value) || 2 ** -126)));
  return 2 ** (exponent - 23);
};

function fill({ values }: TensorDraft, of: (index: number, value: number) => number): void {
  for (const [index, value] of values.entries()) values[index] = of(index, value);
}

/** Every kind of data, and which inputs can have it. Adding one is one row. */
export const FUNCTION_STRATA: readonly FunctionStratum[] = [
  { id: 'ordinary', what: 'numbers from the whole range', share: 6, applies: always },
  { id: 'smallest', what: 'every size at its least', share: 1, applies: always, sizes: 'least' },
  { id: 'largest', what: 'every size at its most', share: 1, applies: always, sizes: 'most' },
  {
    id: 'zeros',
    what: 'exact zeros, of either sign, among the numbers; a quarter of the tensors is zero throughout',
    share: 1,
    applies: ({ rules }) => isFloat({ rules }) && holds(0, rules),
    sharp: true,
    change: (draft) => {
      const all = draft.random.below(4) === 0;
      fill(draft, (_, value) => {
        if (!all && draft.random.below(2) === 0) return value;
        return draft.rules.min < 0 && draft.random.below(2) === 0 ? -0 : 0;
      });
    },
  },
  {
    id: 'ties',
    what: 'few different numbers, so that many are equal',
    share: 1,
    applies: ({ rules }) => isFloat({ rules }) && free(rules),
    sharp: true,
    change: (draft) => {
      const [a = 0, b = a, c = b] = draft.values;
      fill(draft, () => draft.random.pick([a, b, c]));
    },
  },
  {
    id: 'equal-rows',
    what: 'all rows are equal',
    share: 1,
    applies: ({ rank }) => rank >= 2,
    sharp: true,
    change: (draft) => {
      const width = draft.shape.at(-1) ?? 1;
      fill(draft, (index) => draft.values[index % width] ?? 0);
    },
  },
  {
    id: 'equal-inputs',
    what: 'a quarter of the numbers, or all, are those of another input of the same shape',
    share: 1,
    applies: ({ hasTwin }) => hasTwin,
    sharp: true,
    change: (draft) => {
      const all = draft.random.below(2) === 0;
      fill(draft, (index, value) => {
        const other = draft.earlier?.[index];
        return other !== undefined && (all || draft.random.below(4) === 0) ? other : value;
      });
    },
  },
  {
    id: 'kinks',
    what: 'numbers on the declared kinks and on both their neighbours',
    share: 2,
    applies: ({ rules }) => (rules.kinks ?? []).length > 0,
    sharp: true,
    change: (draft) =>
      fill(draft, (_, value) => {
        const kink = draft.random.pick(draft.rules.kinks ?? [0]);
        return draft.random.below(2) === 0
          ? value
          : kink + draft.random.pick([-1, 0, 0, 1]) * float32Step(kink);
      }),
  },
  {
    id: 'bounds',
    what: 'numbers at the ends of their range',
    share: 1,
    applies: ({ rules }) => free(rules),
    change: (draft) => fill(draft, () => draft.random.pick([draft.rules.min, draft.rules.max])),
  },
  {
    id: 'tiny',
    what: 'numbers around 1e-12',
    share: 1,
    applies: ({ rules }) => isFloat({ rules }) && free(rules) && holds(1e-12, rules),
    change: (draft) => fill(draft, (_, value) => value * 1e-12),
  },
  {
    id: 'wide',
    what: 'numbers of many orders of magnitude',
    share: 1,
    applies: ({ rules }) => isFloat({ rules }) && free(rules) && holds(1e-6, rules),
    change: (draft) => fill(draft, (_, value) => value * 10 ** (-6 * uniform(draft.random))),
  },
];

/** Only where a target asks for it. */
export const NON_FINITE: FunctionStratum = {
  id: 'non-finite',
  what: 'NaN and infinities among the numbers',
  share: 1,
  applies: isFloat,
  change: (draft) => {
    const certain = draft.random.below(Math.max(1, draft.values.length));
    fill(draft, (index, value) =>
      index === certain || draft.random.below(4) === 0
        ? draft.random.pick([Number.NaN, Infinity, -Infinity])
        : value,
    );
  },
};
