import type { SweepPoint } from '../evaluators/sweep.js';
import { type ScatterSeries, scatterSvg } from '../html/scatter.js';

const METHODS: readonly (readonly [SweepPoint['method'], string])[] = [
  ['none', 'all terms'],
  ['maxActiveDims', 'at most n terms'],
  ['ratio', 'above a share of the largest'],
];

/**
 * A drawing of nDCG against expected FLOPs, and against measured search time.
 *
 * @param varied the setting that differs between trained models
 */
export function sweepPicture(points: readonly SweepPoint[], k: number, varied?: string): string {
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
  return scatterSvg('Quality against sparsity', `nDCG@${k}`, [
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
  ]);
}
