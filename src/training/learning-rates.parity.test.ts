import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { learningRateSchedule, SCHEDULE_NAMES, type ScheduleName } from './learning-rates.js';

const program = fileURLToPath(new URL('../../parity/reference/schedules.py', import.meta.url));

/** Options of each schedule, by transformers' own names. */
const OPTIONS: Readonly<Record<ScheduleName, readonly Readonly<Record<string, unknown>>[]>> = {
  linear: [{}],
  cosine: [{}, { num_cycles: 1.5 }],
  cosine_with_restarts: [{}, { num_cycles: 3 }],
  polynomial: [{}, { lr_end: 1e-4, power: 2 }],
  constant: [{}],
  constant_with_warmup: [{}],
  inverse_sqrt: [{}, { timescale: 40 }],
  cosine_with_min_lr: [{ min_lr: 1e-4 }, { min_lr_rate: 0.2, num_cycles: 1.2 }],
  cosine_warmup_with_min_lr: [{ min_lr_rate: 0.1 }, { min_lr: 2e-4, warmup_lr_rate: 0.3 }],
  warmup_stable_decay: [
    { num_decay_steps: 5 },
    {
      num_decay_steps: 7,
      num_stable_steps: 3,
      warmup_type: 'cosine',
      decay_type: 'linear',
      min_lr_ratio: 0.1,
    },
    { num_decay_steps: 4, warmup_type: '1-sqrt', decay_type: '1-sqrt', num_cycles: 2 },
  ],
};

const LENGTHS = [
  [0, 20],
  [1, 20],
  [6, 20],
  [3, 37],
] as const;
const LEARNING_RATE = 1e-3;

const camelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

it.runIf(HAS_REFERENCE)(
  'schedules have the same factors as in transformers at every step',
  async () => {
    const cases = SCHEDULE_NAMES.flatMap((name) =>
      OPTIONS[name].flatMap((options) =>
        LENGTHS.map(([warmup_steps, total_steps]) => ({
          name,
          options,
          warmup_steps,
          total_steps,
          learning_rate: LEARNING_RATE,
        })),
      ),
    );
    const output = await runInReference({ path: program }, { input: JSON.stringify(cases) });
    const answers = JSON.parse(output.toString()) as readonly (readonly number[])[];
    expect(answers).toHaveLength(cases.length);
    for (const [index, { name, options, warmup_steps, total_steps }] of cases.entries()) {
      const schedule = learningRateSchedule(name, {
        warmupSteps: warmup_steps,
        totalSteps: total_steps,
        learningRate: LEARNING_RATE,
        options: Object.fromEntries(Object.entries(options).map(([key, value]) => [camelCase(key), value])),
      });
      for (const [step, factor] of (answers[index] ?? []).entries()) {
        expect(
          Math.abs(schedule(step) - factor),
          `${name} ${JSON.stringify(options)} ${warmup_steps}/${total_steps} step ${step}`,
        ).toBeLessThan(1e-14);
      }
    }
  },
  LIVE_TIME,
);
