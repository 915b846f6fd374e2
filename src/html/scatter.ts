import { escapeText } from './escape.js';

/** Points that one line joins in their order, drawn with the same marker. */
export interface ScatterSeries {
  readonly name: string;
  readonly points: readonly ScatterPoint[];
}

export interface ScatterPoint {
  /** Above 0: the axis is logarithmic. */
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

export interface ScatterPanel {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly ScatterSeries[];
}

const PANEL = { width: 420, height: 280 } as const;
/** Around each panel, for its labels. */
const MARGIN = { left: 60, right: 60, top: 44, bottom: 52 } as const;
/** Space around the names of the series and for each row of them; the width of a character and of a marker. */
const LEGEND = { above: 6, row: 22, below: 12, character: 7, marker: 44 } as const;
/** Space around the outermost points, as a share of the range. */
const SPACE = 0.08;
const TICKS = 5;

/** Colour, marker and dashes of a series: none is told apart by its colour alone. */
const STYLES = [
  { name: 'a', marker: (x: number, y: number) => `M${x - 5} ${y - 5}h10v10h-10z`, dash: '' },
  {
    name: 'b',
    marker: (x: number, y: number) => `M${x - 5} ${y}a5 5 0 1 0 10 0a5 5 0 1 0-10 0z`,
    dash: '',
  },
  { name: 'c', marker: (x: number, y: number) => `M${x} ${y - 6}l6 11h-12z`, dash: '6 4' },
] as const;

/** Every rule begins with the drawing's class: a page may have the drawing among others. */
const STYLE = `<style>
.scatter .ground{fill:#fff}.scatter text{fill:#1f2937}.scatter .axis{stroke:#6b7280;fill:none}.scatter .rule{stroke:#e5e7eb}
.scatter .a{fill:#111827;stroke:#111827}.scatter .b{fill:#1d4ed8;stroke:#1d4ed8}.scatter .c{fill:#b45309;stroke:#b45309}
.scatter .line{fill:none;stroke-width:1.5}.scatter .title{font-weight:bold}
@media(prefers-color-scheme:dark){.scatter .ground{fill:#111827}.scatter text{fill:#e5e7eb}.scatter .axis{stroke:#9ca3af}.scatter .rule{stroke:#374151}
.scatter .a{fill:#f9fafb;stroke:#f9fafb}.scatter .b{fill:#93c5fd;stroke:#93c5fd}.scatter .c{fill:#fcd34d;stroke:#fcd34d}.scatter .line{fill:none}}
</style>`;

/**
 * A drawing of panels side by side, which share their values upwards: for each series a line through its points, with a
 * label at each. It has the colours of a light or a dark page.
 *
 * @param yLabel what goes upwards
 * @param panels at most three series in each
 */
export function scatterSvg(title: string, yLabel: string, panels: readonly ScatterPanel[]): string {
  const width = panels.length * (PANEL.width + MARGIN.left + MARGIN.right);
  const { entries, rows } = legend(panels[0]?.series ?? [], width);
  const top = LEGEND.above + rows * LEGEND.row + LEGEND.below + MARGIN.top;
  const height = top + PANEL.height + MARGIN.bottom;
  const upwards = linear(
    panels.flatMap(({ series }) => series.flatMap(({ points }) => points.map(({ y }) => y))),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="scatter" role="img" aria-label="${escapeText(title)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escapeText(title)}</title>`,
    STYLE,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...entries,
    ...panels.flatMap((panel, index) => {
      const left = MARGIN.left + index * (PANEL.width + MARGIN.left + MARGIN.right);
      return drawPanel(panel, { left, top }, upwards, yLabel);
    }),
    '</svg>\n',
  ].join('\n');
}

/** Places values on an axis from 0 to 1, with the values at its ticks. */
interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function linear(values: readonly number[]): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = SPACE * (high - low || 1);
  const [begin, length] = [low - margin, high - low + 2 * margin];
  const ticks = Array.from({ length: TICKS }, (_, tick) => begin + ((tick + 0.5) / TICKS) * length);
  return { at: (value) => (value - begin) / length, ticks };
}

function logarithmic(values: readonly number[]): Scale {
  const { at, ticks } = linear(values.map(Math.log));
  return { at: (value) => at(Math.log(value)), ticks: ticks.map(Math.exp) };
}

/** The names of the series with their markers, in as many rows as they need. */
function legend(series: readonly ScatterSeries[], width: number): { entries: string[]; rows: number } {
  let [x, row] = [MARGIN.left as number, 1];
  const entries = series.flatMap(({ name }, index) => {
    const { marker, name: style } = styleOf(index);
    const wide = LEGEND.marker + name.length * LEGEND.character;
    if (x > MARGIN.left && x + wide > width) [x, row] = [MARGIN.left, row + 1];
    const [left, base] = [x, LEGEND.above + row * LEGEND.row];
    x += wide;
    return [`<path class="${style}" d="${marker(left + 6, base - 4)}"/>`, text(left + 20, base, name)];
  });
  return { entries, rows: row };
}

function drawPanel(
  { title, xLabel, series }: ScatterPanel,
  { left, top }: { readonly left: number; readonly top: number },
  upwards: Scale,
  yLabel: string,
): string[] {
  const bottom = top + PANEL.height;
  const along = logarithmic(series.flatMap(({ points }) => points.map(({ x }) => x)));
  const x = (value: number): number => round(left + along.at(value) * PANEL.width);
  const y = (value: number): number => round(bottom - upwards.at(value) * PANEL.height);
  // Labels keep off the markers of all series.
  const taken: Box[] = series.flatMap(({ points }) =>
    points.map((point) => ({
      left: x(point.x) - 6,
      right: x(point.x) + 6,
      top: y(point.y) - 6,
      bottom: y(point.y) + 6,
    })),
  );
  return [
    text(left, top - 26, title, 'class="title"'),
    text(left, top - 10, yLabel),
    ...upwards.ticks.flatMap((tick) => [
      `<path class="rule" d="M${left} ${y(tick)}h${PANEL.width}"/>`,
      text(left - 8, y(tick) + 4, tick.toFixed(3), 'text-anchor="end"'),
    ]),
    ...along.ticks.map((tick) => text(x(tick), bottom + 18, short(tick), 'text-anchor="middle"')),
    text(left + PANEL.width / 2, bottom + 38, xLabel, 'text-anchor="middle"'),
    `<path class="axis" d="M${left} ${top}V${bottom}h${PANEL.width}"/>`,
    ...series.flatMap(({ points }, index) => drawSeries(points, index, x, y, taken)),
  ];
}

function drawSeries(
  points: readonly ScatterPoint[],
  index: number,
  x: (value: number) => number,
  y: (value: number) => number,
  taken: Box[],
): string[] {
  const { name, marker, dash } = styleOf(index);
  const line = points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ');
  return [
    `<polyline class="${name} line" points="${line}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>`,
    ...points.flatMap((point) => [
      `<path class="${name}" d="${marker(x(point.x), y(point.y))}"/>`,
      label(point.label, x(point.x), y(point.y), taken),
    ]),
  ];
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const LABEL = { character: 7, height: 12 } as const;
/** Places of a label around its marker, the preferred one first. */
const PLACES = [
  [0, -10],
  [0, 20],
  [22, 4],
  [-22, 4],
  [22, -14],
  [-22, 24],
] as const;

/** A label at the first place where it covers no other; above its marker if there is none. */
function label(content: string, x: number, y: number, taken: Box[]): string {
  const half = (content.length * LABEL.character) / 2;
  const boxes = PLACES.map(([across, down]): Box & { x: number; y: number } => {
    const [middle, base] = [x + across, y + down];
    return {
      x: middle,
      y: base,
      left: middle - half,
      right: middle + half,
      top: base - LABEL.height,
      bottom: base,
    };
  });
  const covers = (one: Box): boolean =>
    taken.some(
      (other) =>
        one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom,
    );
  const box = boxes.find((each) => !covers(each)) ?? boxes[0];
  if (box === undefined) return '';
  taken.push(box);
  return text(box.x, box.y, content, 'text-anchor="middle" font-size="11"');
}

const styleOf = (index: number): (typeof STYLES)[number] => STYLES[index % STYLES.length] ?? STYLES[0];

const round = (value: number): number => Number(value.toFixed(1));

const short = (value: number): string => String(Number(value.toPrecision(2)));

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${round(x)}" y="${round(y)}" ${more}>${escapeText(content)}</text>`;
