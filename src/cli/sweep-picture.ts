import type { SweepPoint } from '../evaluators/sweep.js';
import { type ScatterPanel, type ScatterSeries, scatterSvg } from '../html/scatter.js';
import type { SweepResult } from './sweep-result.js';

const METHODS: readonly (readonly [SweepPoint['method'], string])[] = [
  ['none', 'all terms'],
  ['maxActiveDims', 'at most n terms'],
  ['ratio', 'above a share of the largest'],
];

type Drawn = Pick<SweepResult, 'points' | 'k' | 'varied'>;

/** A drawing of nDCG against expected FLOPs, and against measured search time. */
export function sweepPicture(result: Drawn): string {
  return scatterSvg('Quality against sparsity', `nDCG@${result.k}`, sweepPanels(result));
}

/** The panels of that drawing. */
export function sweepPanels({ points, varied }: Drawn): readonly [ScatterPanel, ScatterPanel] {
  const series = (x: (point: SweepPoint) => number): ScatterSeries[] =>
    METHODS.map(([method, name]) => ({
      name: method === 'none' ? (varied ?? name) : name,
      points: points
        // A logarithmic axis has no place for a model without active dimensions.
        .filter((point) => point.method === method && x(point) > 0)
        .map((point) => ({
          x: x(point),
          y: point.ndcg,
          label: point.value === null ? 'all' : String(point.value),
        })),
    })).filter((each) => each.points.length > 0);
  return [
    {
      title: 'what a dot product costs',
      xLabel: 'expected multiplications for a query and a document',
      series: series(({ flops }) => flops),
    },
    {
      title: 'what a search takes',
      xLabel: 'milliseconds for a query, on one core',
      series: series(({ searchMs }) => searchMs),
    },
  ];
}
