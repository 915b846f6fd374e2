// @module-tag slow
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { ReduceLrOnPlateau } from './reduce-lr-on-plateau.js';

const program = fileURLToPath(new URL('../../parity/reference/plateau.py', import.meta.url));

const RATES = [1e-3, 2e-5];
/** Falls, stays level for long, falls by less than the threshold, jumps, and is NaN once (null). */
const LOSSES = [
  2,
  1.5,
  1.5,
  1.4999,
  1.6,
  1.4,
  1.4,
  1.4,
  1.4,
  1.39999,
  1.39998,
  1.3,
  null,
  1.3,
  1.3,
  1.2999,
  1.2998,
  1.2997,
  ...Array<number>(7).fill(1.3),
  ...Array<number>(14).fill(1.1),
];
const SCORES = LOSSES.map((loss) => (loss === null ? null : 3 - loss));

type Options = Readonly<Record<string, string | number>>;
interface Case {
  readonly options: Options;
  readonly metrics: readonly (number | null)[];
  /** Options that must give other rates. */
  readonly wrong: readonly Options[];
}

const CASES: readonly Case[] = [
  { options: {}, metrics: LOSSES, wrong: [] },
  { options: { patience: 2 }, metrics: LOSSES, wrong: [{ patience: 3 }, { patience: 2, threshold: 0 }] },
  { options: { patience: 0, factor: 0.5 }, metrics: LOSSES, wrong: [{ patience: 0, factor: 0.5, eps: 0 }] },
  {
    options: { patience: 1, cooldown: 2 },
    metrics: LOSSES,
    wrong: [{ patience: 1 }, { patience: 1, cooldown: 1 }],
  },
  {
    options: { patience: 2, factor: 0.3, min_lr: 1e-5 },
    metrics: LOSSES,
    wrong: [{ patience: 2, factor: 0.3 }],
  },
  {
    options: { patience: 1, mode: 'max', threshold: 0.1 },
    metrics: SCORES,
    wrong: [{ patience: 1, mode: 'min', threshold: 0.1 }],
  },
  {
    options: { patience: 1, factor: 0.9, mode: 'max', threshold: 0.3, threshold_mode: 'abs' },
    metrics: SCORES,
    wrong: [{ patience: 1, factor: 0.9, mode: 'max', threshold: 0.3 }],
  },
  {
    options: { patience: 1, threshold: 0.1, threshold_mode: 'abs', factor: 0.9, eps: 5e-5 },
    metrics: LOSSES,
    wrong: [{ patience: 1, threshold: 0.1, threshold_mode: 'abs', factor: 0.9 }],
  },
];

const camelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function ours(options: Options, metrics: Case['metrics']): number[][] {
  const own = Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value]));
  let plateau = new ReduceLrOnPlateau(own);
  const groups = RATES.map((learningRate) => ({ learningRate }));
  return metrics.map((metric) => {
    plateau.step(metric ?? Number.NaN, groups);
    // Each step continues from a state that was written as JSON.
    const state = JSON.parse(JSON.stringify(plateau.state())) as ReturnType<ReduceLrOnPlateau['state']>;
    plateau = new ReduceLrOnPlateau(own);
    plateau.load(state);
    return groups.map(({ learningRate }) => learningRate);
  });
}

describe.runIf(HAS_REFERENCE)('reduce_lr_on_plateau beside transformers', () => {
  let answers: readonly (readonly (readonly number[])[])[] = [];
  beforeAll(async () => {
    const cases = CASES.map(({ options, metrics }) => ({ options, metrics, rates: RATES }));
    const output = await runInReference({ path: program }, { input: JSON.stringify(cases) });
    answers = JSON.parse(output.toString()) as typeof answers;
  }, LIVE_TIME);

  it.each(CASES.map((each, index) => ({ ...each, index })))(
    'has the same rates after every evaluation: $options',
    ({ options, metrics, wrong, index }) => {
      expect(answers[index]).toHaveLength(metrics.length);
      expect(ours(options, metrics)).toEqual(answers[index]);
      for (const other of wrong) {
        expect(ours(other, metrics), JSON.stringify(other)).not.toEqual(answers[index]);
      }
    },
  );

  it('has cases in which rates fall', () => {
    expect(answers.filter((rates) => rates.at(-1)?.[0] !== RATES[0]).length).toBe(CASES.length);
  });
});
