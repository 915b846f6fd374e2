import { grouped } from '../../../src/counted.js';
import { bar } from '../../../src/html/bar.js';
import { lineChart } from '../../../src/html/line-chart.js';
import { htmlTable } from '../../../src/html/table.js';
import type { ParityReport } from '../parity-report.js';

type Side = 'ours' | 'float32';
const NAMES = { ours: 'ours', float32: 'float32 reference' } as const;
const SIDES: readonly Side[] = ['ours', 'float32'];

/** The largest and the median error over the magnitude of the truth, ours beside the reference's. */
export function errorChart({ largest, errors }: ParityReport): string {
  const drawn = largest.flatMap(({ magnitude, ...sides }) =>
    magnitude === null ? [] : [{ magnitude, ...sides }],
  );
  if (drawn.length === 0) return '';
  const series = SIDES.flatMap((side) => [
    {
      name: `${NAMES[side]}, largest`,
      points: drawn.flatMap((row) =>
        row[side] === 0 ? [] : [{ x: row.magnitude, y: Math.log10(row[side]) }],
      ),
    },
    {
      name: `${NAMES[side]}, median`,
      points: drawn.flatMap(({ magnitude }) => {
        const error = medianError(
          errors.filter((bin) => bin.magnitude === magnitude),
          side,
        );
        // The middle of its power of ten.
        return error === null ? [] : [{ x: magnitude, y: error + 0.5 }];
      }),
    },
  ]);
  const zero = largest.find(({ magnitude }) => magnitude === null);
  const atZero =
    zero === undefined
      ? ''
      : `<p>Where the truth is 0, ours is off by at most ${zero.ours.toExponential(1)}, the float32 reference by ${zero.float32.toExponential(1)}.</p>`;
  return `<p>Both axes are powers of ten: -3 is a number from 0.001 to 0.01. An error of 0 is not drawn.</p>
<div class="narrow">${lineChart('Error, as a power of ten', 'power of ten of the truth', series)}</div>${atZero}`;
}

type Bin = ParityReport['errors'][number];

/** The power of ten that half of the errors do not exceed; null if it is exact. */
function medianError(bins: readonly Bin[], side: Side): number | null {
  const sorted = bins.toSorted((one, other) => (one.error ?? -Infinity) - (other.error ?? -Infinity));
  const half = sorted.reduce((sum, bin) => sum + bin[side], 0) / 2;
  let seen = 0;
  for (const bin of sorted) {
    seen += bin[side];
    if (seen >= half && seen > 0) return bin.error;
  }
  return null;
}

/** How many coordinates are how many float32 numbers away from the truth. */
export function ulpHistogram({ ulps, zeros, nonFinite }: ParityReport): string {
  const most = Math.max(...ulps.flatMap(({ ours, float32 }) => [ours, float32]));
  if (most <= 0) return '';
  const last = ulps.findLastIndex(({ ours, float32 }) => ours + float32 > 0);
  const cell = (count: number) => bar(grouped(count), Math.log1p(count) / Math.log1p(most));
  const rows = ulps
    .slice(0, last + 1)
    .map(({ upTo, ours, float32 }, index) => [
      label(upTo, ulps[index - 1]?.upTo ?? undefined),
      cell(ours),
      cell(float32),
    ]);
  return `<p>Bars are logarithmic. ${grouped(zeros)} coordinates that are 0 on all sides are left out, and ${grouped(nonFinite)} of which one is not finite.</p>
${htmlTable('Coordinates by their distance from the truth, in float32 steps (ulps)', ['steps', NAMES.ours, NAMES.float32], rows)}`;
}

function label(upTo: number | null, before: number | undefined): string {
  if (before === undefined) return '0';
  if (upTo === null) return `more than ${grouped(before)}`;
  return before + 1 === upTo ? grouped(upTo) : `${grouped(before + 1)} to ${grouped(upTo)}`;
}
