import { expect, it } from 'vitest';
import { learningRateSchedule, warmupStepsOf } from './learning-rates.js';

it('a schedule rises over the warm-up and falls to its end', () => {
  const schedule = learningRateSchedule('linear', { warmupSteps: 2, totalSteps: 6 });
  expect([0, 1, 2, 3, 4, 5, 6].map(schedule)).toEqual([0, 0.5, 1, 0.75, 0.5, 0.25, 0]);
});

it.each([
  [0, 10, 0],
  [0.25, 10, 3],
  [1, 10, 1],
  [7, 10, 7],
])('a warm-up of %d in %d steps takes %d', (warmup, steps, expected) => {
  expect(warmupStepsOf(warmup, steps)).toBe(expected);
});

const length = { warmupSteps: 0, totalSteps: 10 };
it.each([
  [
    () => learningRateSchedule('liner' as never, length),
    'there is no schedule of learning rates "liner"; expected one of linear, cosine',
  ],
  [
    () => learningRateSchedule('cosine', { ...length, options: { numCycle: 2 } }),
    'the schedule "cosine" has no option "numCycle"; did you mean "numCycles"?',
  ],
  [() => learningRateSchedule('cosine_with_min_lr', length), 'needs one of minLr and minLrRate'],
  [() => learningRateSchedule('warmup_stable_decay', length), 'needs the option "numDecaySteps"'],
  [
    () => learningRateSchedule('polynomial', { ...length, learningRate: 1e-8 }),
    'must be below the learning rate 1e-8',
  ],
])('%s is refused', (make, message) => {
  expect(make).toThrow(message);
});
