import { expect, it } from 'vitest';
import { EVALUATOR_METRICS } from '../../evaluators/metric-keys.js';
import { evaluationCurves, trainingCurves } from './curves.js';

const fill = (key: string): string => key.replace('{f}', 'dot').replace('{k}', '10');

it.each(Object.entries(EVALUATOR_METRICS))(
  'draws the metrics of %s, each once',
  (_, { metrics, primary }) => {
    const names = metrics
      .map(([key]) => `name_${fill(key)}`)
      .filter((name) => !name.endsWith('sparsity_ratio'));
    const entry = {
      ...Object.fromEntries(names.map((name) => [`eval_${name}`, 0.5])),
      eval_runtime: 3,
      step: 7,
    };
    const html = evaluationCurves([entry]);
    const headings = [...html.matchAll(/<th scope="col">([^<]+)<\/th>/g)].map(([, heading]) => heading);
    // Equal as sets, and none is drawn twice.
    const drawn = headings.filter((heading) => heading !== 'step');
    expect(new Set(drawn)).toEqual(new Set(names));
    expect(drawn).toHaveLength(names.length);
    expect(headings).toContain(`name_${fill(primary)}`);
  },
);

it("draws the metric of a user's own evaluator", () => {
  expect(evaluationCurves([{ eval_usefulness: 0.25, step: 1 }])).toContain('<figcaption>usefulness<');
});

it('draws nothing where nothing was evaluated, and no evaluation among the training', () => {
  const entries = [{ loss: 1, step: 1 }];
  expect(evaluationCurves(entries)).toBe('');
  expect(trainingCurves([...entries, { eval_loss: 2, step: 1 }])).not.toContain('eval');
});
