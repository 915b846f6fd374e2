import { expect, it } from 'vitest';
import type { ParityCase } from '../case.js';
import type { Replaced } from './count-calls.js';
import { ReplacedWatch } from './verdicts.js';

const testCase: ParityCase = {
  loss: 'SparseTripletLoss',
  wrapper: 'SpladeLoss',
  format: 'triplet',
  stratum: 'ordinary',
  lossOptions: { distanceMetric: 'pairwiseHalfDot' },
  wrapperOptions: { queryRegularizer: 'L1Regularizer' },
  columns: [],
  labels: null,
};

function judge(calls: Record<string, number>, whole: boolean): Record<string, string> {
  const replaced = Object.keys(calls).map((name): Replaced => ({ kind: 'loss', name, calls: 0 }));
  const watch = new ReplacedWatch(replaced);
  watch.saw(testCase);
  for (const one of replaced) one.calls = calls[one.name] ?? 0;
  watch.endLosses();
  watch.beginModels();
  return Object.fromEntries(watch.verdicts(whole).map(({ name, verdict }) => [name, verdict]));
}

it('asks of a whole run that everything is called', () => {
  expect(judge({ SpladeLoss: 3, CSRLoss: 0 }, true)).toEqual({
    SpladeLoss: 'called',
    CSRLoss: 'never called',
  });
});

it('asks of a part of it that what its cases name is called, and anything at all', () => {
  expect(judge({ SpladeLoss: 3, CSRLoss: 0, pairwiseHalfDot: 0, L1Regularizer: 0 }, false)).toEqual({
    SpladeLoss: 'called',
    CSRLoss: 'not selected',
    pairwiseHalfDot: 'never called',
    L1Regularizer: 'never called',
  });
  expect(judge({ CSRLoss: 0 }, false)).toEqual({ CSRLoss: 'never called' });
});

it('counts calls on losses and on models apart, and none in between', () => {
  const one: Replaced = { kind: 'loss', name: 'SpladeLoss', calls: 0 };
  const watch = new ReplacedWatch([one]);
  one.calls = 5;
  watch.endLosses();
  one.calls = 9;
  watch.beginModels();
  one.calls = 12;
  expect(watch.verdicts(true)[0]?.calls).toEqual({ losses: 5, models: 3 });
});
