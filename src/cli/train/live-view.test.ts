import { expect, it } from 'vitest';
import { barText, timeText, trainingLine } from './live-view.js';

const activity = {
  query_active_dims: 1234,
  document_active_dims: 12345,
  query_all_zero: 0,
  document_all_zero: 0,
  expected_flops: 3,
};

it('the bar and its text fit 80 columns, and the text has every changing figure', () => {
  const text = barText({ loss: 12.345, activity }, { tokensPerSecond: 123_456, left: 7500 });
  expect(text).toMatch(/^loss 12\.35 1k\/12k 123k tok\/s \d+\.\d GiB 2:05 h$/);
  // The bar has 24 columns, and the counts of steps.
  expect(`${'#'.repeat(24)} 1000/2000 ${text}`.length).toBeLessThanOrEqual(80);
});

it('a line of the log shows the loss by component', () => {
  const line = trainingLine({ loss: 1.5, base_loss: 1.25, ...activity, learning_rate: 5e-5, epoch: 0.5 });
  expect(line).toMatch(
    /^loss 1\.50, active q\/d 1k\/12k, base_loss 1\.25, .*learning_rate 5\.0e-5, epoch 0\.5000$/,
  );
});

it.each([
  [42.4, '42 s'],
  [420, '7 min'],
  [7500, '2:05 h'],
  [Infinity, ''],
])('%s seconds', (seconds, text) => {
  expect(timeText(seconds)).toBe(text);
});
