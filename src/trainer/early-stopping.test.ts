import { describe, expect, it } from 'vitest';
import { type CallbackContext, newControl } from './callbacks.js';
import { EarlyStoppingCallback, type EarlyStoppingOptions } from './early-stopping.js';
import { resolveTrainingArguments } from './training-arguments.js';

/** The number of the evaluation that ends training, from 1; undefined if none does. */
function endOf(metrics: readonly number[], name: string, options: EarlyStoppingOptions): number | undefined {
  const callback = new EarlyStoppingCallback(options);
  const args = resolveTrainingArguments({ evalStrategy: 'steps' });
  let best: number | null = null;
  for (const [index, value] of metrics.entries()) {
    const control = newControl();
    const state = { bestMetric: best };
    const context = { args, state, control, metrics: { [name]: value }, comparedMetric: name };
    callback.onEvaluate(context as unknown as CallbackContext);
    if (control.shouldTrainingStop) return index + 1;
    const isBetter: boolean = best === null || (name.endsWith('loss') ? value < best : value > best);
    if (isBetter) best = value;
  }
  return undefined;
}

describe('early stopping', () => {
  it.each<[string, readonly number[], string, EarlyStoppingOptions, number | undefined]>([
    ['a metric that rises', [0.1, 0.2, 0.3], 'eval_ndcg', {}, undefined],
    ['a metric that stays', [0.1, 0.1], 'eval_ndcg', {}, 2],
    ['a loss that falls', [3, 2, 1], 'eval_loss', {}, undefined],
    ['a loss that rises', [3, 4], 'eval_loss', {}, 2],
    ['patience', [0.3, 0.2, 0.1, 0.4, 0.3, 0.3, 0.3], 'eval_ndcg', { earlyStoppingPatience: 3 }, 7],
    ['a threshold', [0.1, 0.15, 0.2], 'eval_ndcg', { earlyStoppingThreshold: 0.06 }, 2],
  ])('%s', (_, metrics, name, options, expected) => {
    expect(endOf(metrics, name, options)).toBe(expected);
  });

  it('keeps its count for a run that is resumed', () => {
    const callback = new EarlyStoppingCallback();
    callback.load(2);
    expect(callback.state()).toBe(2);
    expect(() => callback.load('2')).toThrow('is not a whole number');
  });

  it('refuses options that it does not have', () => {
    expect(() => new EarlyStoppingCallback({ earlyStoppingPatience: 0 })).toThrow(
      'whole number of at least 1',
    );
  });
});
