import { escapeText } from '../../src/html/escape.js';
import { TOLERANCE } from '../compare.js';
import type { ReportCurve } from './parity-report.js';
import { formatRatio } from './ratio.js';
import { ratioOf } from './statistics.js';

const PANEL = { width: 390, height: 120 } as const;
/** Around each panel, for its labels. */
const MARGIN = { left: 58, right: 22, top: 34, bottom: 26 } as const;
const WIDTH = 2 * (PANEL.width + MARGIN.left + MARGIN.right);
const ROW = PANEL.height + MARGIN.top + MARGIN.bottom;
const HEADING = 46;

const COLOURS = { ours: '#1d4ed8', reference: '#fb923c', frame: '#9ca3af', limit: '#b91c1c' } as const;

/** A drawing of the runs that both trainers made: their losses, one over the other, and by how much they differ. */
export function renderSvg(curves: readonly ReportCurve[]): string {
  const height = HEADING + curves.length * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<title>Training beside the reference</title>',
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    ...legend(),
    ...curves.flatMap((curve, index) => row(curve, HEADING + index * ROW)),
    '</svg>\n',
  ].join('\n');
}

function legend(): string[] {
  const entry = (x: number, line: string, label: string): string[] => [
    `<path d="M${x} 22h28" ${line}/>`,
    text(x + 36, 26, label),
  ];
  return [
    ...entry(MARGIN.left, STROKES.reference, 'reference, float32'),
    ...entry(MARGIN.left + 170, STROKES.ours, 'ours'),
    ...entry(MARGIN.left + 260, STROKES.limit, `${TOLERANCE}, up to which the trainers are equal`),
  ];
}

const STROKES = {
  reference: `fill="none" stroke="${COLOURS.reference}" stroke-width="6" stroke-opacity="0.7"`,
  ours: `fill="none" stroke="${COLOURS.ours}" stroke-width="1.5"`,
  limit: `fill="none" stroke="${COLOURS.limit}" stroke-width="1" stroke-dasharray="5 3"`,
} as const;

function row({ name, steps, points, ndcg10 }: ReportCurve, top: number): string[] {
  const second = WIDTH / 2;
  const measured =
    ndcg10 === undefined
      ? ''
      : `; nDCG@10 ${ndcg10.ours.toFixed(4)}, reference ${ndcg10.reference.toFixed(4)}`;
  // A ratio without a measure is drawn at the edge.
  const curve = points.map(({ ratio, ...point }) => ({ ...point, ratio: ratio ?? Infinity }));
  const largest = Math.max(...curve.map(({ ratio }) => ratio));
  return [
    text(MARGIN.left, top + 22, `<tspan font-weight="bold">${escapeText(name)}</tspan>: loss${measured}`),
    ...panel(MARGIN.left, top, { steps, curve }, { reference: 'reference', ours: 'ours' }),
    text(
      second + MARGIN.left,
      top + 22,
      `our error over the reference’s, at most ${formatRatio(ratioOf(largest))}`,
    ),
    ...panel(second + MARGIN.left, top, { steps, curve }, { ours: 'ratio' }, [0, TOLERANCE]),
  ];
}

type Step = Readonly<Record<'step' | 'ours' | 'reference' | 'ratio', number>>;
type Line = 'reference' | 'ours';
type Lines = Partial<Readonly<Record<Line, 'ours' | 'reference' | 'ratio'>>>;

/** Lines over the steps; with a range, its end is drawn as a limit, and what is above it stays at the edge. */
function panel(
  left: number,
  rowTop: number,
  { steps, curve }: { readonly steps: number; readonly curve: readonly Step[] },
  lines: Lines,
  range?: readonly [number, number],
): string[] {
  const top = rowTop + MARGIN.top;
  const values = Object.values(lines).flatMap((key) => curve.map((step) => step[key]));
  const [low, high] = range ?? [Math.min(...values), Math.max(...values)];
  const margin = range === undefined ? 0 : 0.1 * (high - low);
  const x = (step: number): number => left + ((step - 1) / Math.max(1, steps - 1)) * PANEL.width;
  const y = (value: number): number => {
    const share = Math.min(1, Math.max(0, (value - low) / (high + margin - low || 1)));
    return top + PANEL.height * (1 - share);
  };
  const drawn = (Object.entries(lines) as [Line, keyof Step][]).map(([line, key]) => {
    const points = curve.map((step) => `${x(step.step).toFixed(1)},${y(step[key]).toFixed(1)}`);
    return `<polyline points="${points.join(' ')}" ${STROKES[line]}/>`;
  });
  const bottom = top + PANEL.height;
  return [
    `<path d="M${left} ${top}V${bottom}h${PANEL.width}" fill="none" stroke="${COLOURS.frame}"/>`,
    ...(range === undefined ? [] : [`<path d="M${left} ${y(high)}h${PANEL.width}" ${STROKES.limit}/>`]),
    ...drawn,
    ...[low, high].map((value) => text(left - 6, y(value) + 4, short(value), 'text-anchor="end"')),
    text(left, bottom + 16, '1'),
    text(left + PANEL.width, bottom + 16, `step ${steps}`, 'text-anchor="end"'),
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${x}" y="${y}" ${more}>${content}</text>`;
