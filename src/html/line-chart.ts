import { escapeText } from './escape.js';
import { htmlTable } from './table.js';

export interface LineSeries {
  readonly name: string;
  /** A value that is not finite leaves a gap, and is named in the table. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const WIDTH = 560;
const HEIGHT = 240;
const MARGIN = { left: 64, right: 28, top: 12, bottom: 40 } as const;
/** About so many ticks, less one. */
const TICKS = 4;
const STEPS = [1, 2, 5, 10] as const;
const ROUNDING = 1e-9;
/** Points of a line; of more, the lowest and highest of equal parts are drawn. */
const MOST_POINTS = 1000;
/** Rows of the table below a picture; more are thinned out, the last one stays. */
const MOST_ROWS = 200;

/** Lines over steps as a figure, with its numbers as a table below that a reader opens. At most four lines. */
export function lineChart(title: string, xLabel: string, series: readonly LineSeries[]): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points).filter(isFinitePoint);
  const x = scale(
    all.map((point) => point.x),
    MARGIN.left,
    WIDTH - MARGIN.right,
    1,
  );
  const y = scale(
    all.map((point) => point.y),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const rules = y.ticks.flatMap((tick) => [
    `<path class="rule" d="M${MARGIN.left} ${y.at(tick)}H${WIDTH - MARGIN.right}"/>`,
    text(MARGIN.left - 6, y.at(tick) + 4, tickText(tick), 'text-anchor="end"'),
  ]);
  const ends = x.ticks.map((tick) =>
    text(x.at(tick), HEIGHT - MARGIN.bottom + 16, tickText(tick), 'text-anchor="middle"'),
  );
  const lines = drawn.flatMap(({ points }, index) =>
    withoutGaps(points).map((part) =>
      part.length === 1
        ? `<circle class="series s${index}" cx="${x.at(part[0]?.x ?? 0)}" cy="${y.at(part[0]?.y ?? 0)}" r="4"/>`
        : `<polyline class="series s${index}" points="${drawable(part)
            .map((point) => `${x.at(point.x)},${y.at(point.y)}`)
            .join(' ')}"/>`,
    ),
  );
  return `<figure>
<figcaption>${escapeText(title)}</figcaption>
${legend(drawn)}
<svg role="img" aria-label="${escapeText(summary(title, xLabel, drawn))}" viewBox="0 0 ${WIDTH} ${HEIGHT}">
${rules.join('')}<path class="axis" d="M${MARGIN.left} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}H${WIDTH - MARGIN.right}"/>
${ends.join('')}${text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 6, xLabel, 'text-anchor="middle"')}
${lines.join('\n')}
</svg>
<details><summary>Numbers</summary>${numbers(title, xLabel, drawn)}</details>
</figure>`;
}

/** Each name beside a piece of its line. */
function legend(series: readonly LineSeries[]): string {
  const entries = series.map(
    ({ name }, index) =>
      `<span><svg aria-hidden="true" viewBox="0 0 30 10"><path class="series s${index}" d="M0 5h30"/></svg> ${escapeText(name)}</span>`,
  );
  return `<div class="legend">${entries.join('')}</div>`;
}

function summary(title: string, xLabel: string, series: readonly LineSeries[]): string {
  const each = series.map(
    ({ name, points }) => `${name} from ${short(points[0]?.y)} to ${short(points.at(-1)?.y)}`,
  );
  return `${title} by ${xLabel}: ${each.join('; ')}`;
}

function numbers(title: string, xLabel: string, series: readonly LineSeries[]): string {
  const steps = [...new Set(series.flatMap(({ points }) => points.map((point) => point.x)))].toSorted(
    (a, b) => a - b,
  );
  const every = Math.ceil(steps.length / MOST_ROWS);
  const shown = steps.filter((_, index) => index % every === 0 || index === steps.length - 1);
  const values = series.map(({ points }) => new Map(points.map((point) => [point.x, point.y])));
  return htmlTable(
    title,
    [xLabel, ...series.map(({ name }) => name)],
    shown.map((step) => [String(step), ...values.map((of) => short(of.get(step)))]),
  );
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function scale(values: readonly number[], from: number, to: number, least = 0): Scale {
  const finite = values.filter(Number.isFinite);
  const [low, high] = finite.length === 0 ? [0, 1] : extremes(finite);
  const range = high - low || Math.abs(high) || 1;
  const begin = high === low && low !== 0 ? low - range / 2 : low;
  return {
    at: (value) => Number((from + ((value - begin) / range) * (to - from)).toFixed(1)),
    ticks: ticksIn(begin, range, least),
  };
}

/** Round numbers at equal distances, which are 1, 2 or 5 times a power of ten, and at least `least`. */
function ticksIn(begin: number, range: number, least: number): number[] {
  const power = 10 ** Math.floor(Math.log10(range / TICKS));
  const step = Math.max(least, power * (STEPS.find((each) => each * power * TICKS >= range) ?? 10));
  const first = Math.ceil(begin / step - ROUNDING);
  const count = Math.floor((begin + range) / step + ROUNDING) - first + 1;
  return Array.from({ length: count }, (_, tick) => Number(((first + tick) * step).toPrecision(12)));
}

/** By a loop: a call takes no more than about 100,000 arguments. */
function extremes(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

type Point = LineSeries['points'][number];

const isFinitePoint = ({ y }: Point): boolean => Number.isFinite(y);

/** The stretches of a line between values that are not finite. */
function withoutGaps(points: readonly Point[]): Point[][] {
  const parts: Point[][] = [[]];
  for (const point of points) {
    if (isFinitePoint(point)) parts.at(-1)?.push(point);
    else if (parts.at(-1)?.length !== 0) parts.push([]);
  }
  return parts.filter(({ length }) => length > 0);
}

/** Few enough points for a page, with every peak: of each part of the line its lowest and highest point. */
function drawable(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  const size = Math.ceil((2 * points.length) / MOST_POINTS);
  const parts = Array.from({ length: Math.ceil(points.length / size) }, (_, part) =>
    points.slice(part * size, (part + 1) * size),
  );
  return parts.flatMap((part) => {
    const [low, high] = extremes(part.map(({ y }) => y));
    const kept = [part.find(({ y }) => y === low), part.find(({ y }) => y === high)];
    return [...new Set(kept)]
      .filter((point) => point !== undefined)
      .toSorted((one, other) => one.x - other.x);
  });
}

/** Smaller numbers are written as powers of ten, which fit beside the axis. */
const LEAST = 1e-3;

function short(value: number | undefined): string {
  if (value === undefined) return '';
  if (Number.isNaN(value)) return 'not a number';
  const isSmall = value !== 0 && Math.abs(value) < LEAST;
  return isSmall ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

const tickText = (value: number): string =>
  value !== 0 && Math.abs(value) < LEAST ? value.toExponential() : String(value);

const text = (x: number, y: number, content: string, more: string): string =>
  `<text x="${x}" y="${y}" ${more}>${escapeText(content)}</text>`;
