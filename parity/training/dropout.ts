import { type Mutant, TRAINING_PATH, type TrainingCheck } from './check.js';
import {
  DROPOUT_MODEL,
  DROPOUT_STEPS,
  type DropoutVariation,
  modelLosses,
  probed,
  RATE,
  UNITS,
} from './dropout-run.js';

/** The number of standard deviations of independent draws by which a count may differ from its expectation. */
const DEVIATIONS = 6;
/** A sum in another order differs by less than this, and another mask changes the loss by more. */
const SAME = 1e-6;
const SEEDS = [1, 2] as const;

interface DropoutMutant extends Mutant {
  readonly variation: DropoutVariation;
}

const MISTAKES: Readonly<Record<string, { readonly what: string } & DropoutVariation>> = {
  'dropout/repeated': {
    what: 'every step has the masks of the first one',
    callbacks: [{ onStepBegin: ({ model }) => void (model.dropout.position = 0) }],
  },
  'dropout/alternating': {
    what: 'every other step has the same masks',
    callbacks: [
      { onStepBegin: ({ model, state }) => void (model.dropout.position = 1000 * (state.globalStep % 2)) },
    ],
  },
  'dropout/unscaled': {
    what: 'kept units are not divided by 1 - rate',
    draw: (model, ones) => model.dropout.apply(ones, RATE).mul(1 - RATE),
  },
  'dropout/rate': {
    what: 'the rate is the share of kept units',
    draw: (model, ones) => model.dropout.apply(ones, 1 - RATE),
  },
  'dropout/scale': {
    what: 'kept units are divided by the rate',
    draw: (model, ones) => model.dropout.apply(ones, RATE).mul((1 - RATE) / RATE),
  },
  'dropout/never': { what: 'nothing is dropped', draw: (_, ones) => ones.mul(1) },
  'dropout/one-unit': {
    what: 'all units are dropped or kept together',
    draw: (model, ones) => ones.mul(model.dropout.apply(ones.slice(0, 1), RATE)),
  },
  'dropout/seed-ignored': {
    what: 'the seed of the run is ignored',
    callbacks: [{ onTrainBegin: ({ model }) => model.dropout.restart(7) }],
  },
  'dropout/not-repeatable': {
    what: 'runs of one seed have different masks',
    callbacks: [{ onTrainBegin: ({ model }) => model.dropout.restart(runs++) }],
  },
};
let runs = 0;

const MUTANTS: readonly DropoutMutant[] = Object.entries(MISTAKES).map(([id, { what, ...variation }]) => ({
  id,
  what,
  variation,
}));

/**
 * Checks dropout as the trainer uses it. The masks differ from the reference's, so the check is for properties that all masks
 * must have. Units are dropped at the rate, and independently of other units and steps. Kept units are divided by 1 - rate.
 * The seed of the run decides everything.
 */
export const DROPOUT = {
  name: 'dropout',
  mutants: MUTANTS,
  async judge() {
    const begin = performance.now();
    const message = await findingOf({});
    const path = `${TRAINING_PATH}dropout`;
    return {
      result: {
        name: 'dropout',
        model: DROPOUT_MODEL,
        loss: 'SparseMultipleNegativesRankingLoss',
        wrapper: 'none',
        steps: DROPOUT_STEPS,
        cases: 1,
        failures:
          message === undefined
            ? []
            : [{ path, mismatch: { kind: 'value' as const, tensor: 'dropout', message } }],
        valueRatio: message === undefined ? 0 : Infinity,
        parameterRatio: 0,
        curve: [],
        seconds: (performance.now() - begin) / 1000,
      },
      survivors: async (mutants: readonly Mutant[], onMutant?: (id: string) => void) => {
        const survivors: Mutant[] = [];
        for (const mutant of MUTANTS.filter((each) => mutants.includes(each))) {
          if ((await findingOf(mutant.variation)) === undefined) survivors.push(mutant);
          onMutant?.(mutant.id);
        }
        return survivors;
      },
    };
  },
} satisfies TrainingCheck;

/** Describes what is wrong with dropout; undefined if nothing is. */
async function findingOf(variation: DropoutVariation): Promise<string | undefined> {
  const [seed, other] = SEEDS;
  const steps = await probed(seed, variation);
  const found = wrongValue(steps) ?? wrongShare(steps) ?? dependentSteps(steps);
  if (found !== undefined) return found;
  const masksOf = async (run: number): Promise<string> => String(await probed(run, variation));
  if ((await masksOf(seed)) !== String(steps)) return 'runs of one seed have different masks';
  if ((await masksOf(other)) === String(steps)) return 'runs of two seeds have the same masks';
  const losses = await modelLosses(variation);
  const repeated = losses.find((loss, at) =>
    losses.slice(0, at).some((before) => Math.abs(loss - before) <= SAME * Math.abs(loss)),
  );
  return repeated === undefined ? undefined : `two steps of a model with dropout have the loss ${repeated}`;
}

function wrongValue(steps: readonly (readonly number[])[]): string | undefined {
  const kept = 1 / (1 - RATE);
  const wrong = steps.flat().find((unit) => unit !== 0 && Math.abs(unit - kept) > SAME);
  return wrong === undefined ? undefined : `a unit of 1 became ${wrong}; expected 0 or ${kept}`;
}

const dropped = (units: readonly number[]): number[] => units.map((unit) => Number(unit === 0));
const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

/** Whether a count of independent draws is too far from the expectation for its probability. */
const isUnlikely = (count: number, draws: number, probability: number): boolean =>
  Math.abs(count - draws * probability) > DEVIATIONS * Math.sqrt(draws * probability * (1 - probability));

function wrongShare(steps: readonly (readonly number[])[]): string | undefined {
  const units = steps.flat();
  const count = sum(dropped(units));
  if (!isUnlikely(count, units.length, RATE)) return undefined;
  return `${count} of ${units.length} units are dropped; expected a share of ${RATE}`;
}

/** Reports two steps that drop too many or too few of the same units. */
function dependentSteps(steps: readonly (readonly number[])[]): string | undefined {
  const masks = steps.map(dropped);
  for (const [step, mask] of masks.entries()) {
    for (const [before, other] of masks.slice(0, step).entries()) {
      const both = sum(mask.map((unit, at) => unit * (other[at] ?? 0)));
      if (isUnlikely(both, UNITS, RATE ** 2)) {
        return `steps ${before + 1} and ${step + 1} both drop ${both} of ${UNITS} units; expected about ${UNITS * RATE ** 2}`;
      }
    }
  }
  return undefined;
}
