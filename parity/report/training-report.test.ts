import { expect, it } from 'vitest';
import type { TrainingResult } from '../training/check.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import type { SuiteReport } from './report.js';
import { renderSvg } from './svg.js';
import { renderTerminal } from './terminal.js';
import { report as sample, viewOf } from './testing/sample-report.js';

const run: TrainingResult = {
  name: 'splade-in-batch',
  model: 'splade-bert',
  loss: 'SparseMultipleNegativesRankingLoss',
  wrapper: 'SpladeLoss',
  steps: 3,
  cases: 1,
  failures: [],
  valueRatio: 1.5,
  parameterRatio: 2.25,
  ndcg10: { ours: 0.25, reference: 0.25 },
  curve: [
    { step: 1, ours: 4, reference: 4, ratio: 0.5 },
    { step: 2, ours: 3, reference: 3, ratio: Infinity },
    { step: 3, ours: 2, reference: 2, ratio: 1 },
  ],
  seconds: 1,
};
const { ndcg10: _, ...unmeasured } = run;
const dropout: TrainingResult = { ...unmeasured, name: 'dropout', curve: [] };
const report: SuiteReport = {
  ...sample,
  results: [],
  models: [],
  training: [run, dropout],
  summary: { cases: 2, mismatches: 0, seconds: 2 },
  trainingKills: { mutants: 60, killed: 59, survivors: ['clip/odd'] },
};

const view = viewOf(report);

it('has each training run with its curve in JSON, and the wrong trainers', () => {
  expect(JSON.parse(renderJson(view))).toMatchObject({
    cells: [
      { target: 'training/splade-in-batch', mismatches: 0, valueRatio: 1.5, gradientRatio: 2.25 },
      { target: 'training/dropout' },
    ],
    curves: [
      {
        name: 'splade-in-batch',
        steps: 3,
        ndcg10: { ours: 0.25, reference: 0.25 },
        points: [{ step: 1, ours: 4, ratio: 0.5 }, { ratio: null }, {}],
      },
    ],
    mutants: expect.arrayContaining([
      { group: 'trainer', total: 60, killed: 59, equivalent: 0, survivors: ['clip/odd'] },
    ]) as object[],
  });
});

it('has each training run in the terminal and in JUnit', () => {
  const text = renderTerminal(view, { verbose: true });
  expect(text).toMatch(/training\n  splade-in-batch +1 +1\.50 +2\.25 /);
  expect(text).toContain('wrong variants of the trainer: 59 of 60 caught');
  expect(renderJunit(view)).toMatch(/name="splade-in-batch".*name="dropout"/s);
});

it('draws the losses of both trainers and the ratio, which stays in the drawing', () => {
  const svg = renderSvg(view.curves);
  expect(svg.match(/<polyline/g)).toHaveLength(3);
  expect(svg).toContain('splade-in-batch</tspan>: loss; nDCG@10 0.2500, reference 0.2500');
  expect(svg).toContain('at most inf');
  expect(svg).not.toMatch(/NaN|Infinity|dropout/);
});
