import { counted } from '../../../src/counted.js';
import { escapeText } from '../../../src/html/escape.js';
import { lineChart } from '../../../src/html/line-chart.js';
import { htmlPage, type Section } from '../../../src/html/page.js';
import { htmlTable } from '../../../src/html/table.js';
import type { ParityReport } from '../parity-report.js';
import { hasFinding, problemsOf, warningsOf } from '../verdict.js';
import { errorChart, ulpHistogram } from './errors.js';
import { failureList } from './failures.js';
import { matrices } from './matrix.js';
import { environmentTable, mutantTable, pointTable, quirkTable, strataTable, worstTable } from './tables.js';

/** The report as one HTML file, which loads nothing. */
export function renderHtml(report: ParityReport): string {
  const sections = [
    section('failures', 'What differs', failureList(report)),
    section('matrix', 'Targets and strata', matrices(report.cells)),
    section('errors', 'Error against magnitude', errorChart(report)),
    section('ulps', 'Distance in float32 steps', ulpHistogram(report)),
    section('worst', 'Worst coordinates', worstTable(report)),
    section('strata', 'Strata', strataTable(report)),
    section('points', 'Ties and kinks', pointTable(report)),
    section('mutants', 'Mutants', mutantTable(report)),
    section('quirks', 'Quirks of the reference', quirkTable(report)),
    section('training', 'Training', curves(report)),
    section('environment', 'Environment', environmentTable(report)),
  ];
  return htmlPage(
    report.title,
    lead(report),
    sections.filter(({ body }) => body !== ''),
  );
}

const section = (id: string, title: string, body: string): Section => ({ id, title, body });

function lead(report: ParityReport): string {
  const { summary, shard, tool, command, tolerance, unchecked } = report;
  const { cases, mismatches, seconds, casesPerSecond } = summary;
  const fails = hasFinding(report);
  const part = shard === undefined ? '' : ` Shard ${shard.index} of ${shard.count}.`;
  const words = `${counted(cases, 'case')}, ${counted(mismatches, 'mismatch', 'mismatches')}, in ${seconds.toFixed(0)} s (${casesPerSecond.toFixed(1)} cases a second).${part}`;
  const notes = [
    ...problemsOf(report).map((problem) => `Failed: ${problem}`),
    ...unchecked.map(({ what, why }) => `Not checked: ${what}: ${why}`),
    ...warningsOf(report).map((warning) => `Warning: ${warning}`),
  ];
  return `<p><strong class="${fails ? 'bad' : 'good'}">${fails ? '✗ Not equal.' : '✓ All equal.'}</strong> ${words}</p>
${notes.map((note) => `<p class="note">${escapeText(note)}</p>`).join('\n')}
<p>Ratios are our error over the reference's own float32 error, both measured against float64; up to ${tolerance} is equal. Written by ${escapeText(`${tool.name} ${tool.version}`)}.</p>
<pre tabindex="0" aria-label="The command that repeats this run">${escapeText(command)}</pre>`;
}

function curves({ curves: runs }: ParityReport): string {
  const charts = runs.map(({ name, points, ndcg10 }) => {
    const line = (of: 'ours' | 'reference') => points.map((point) => ({ x: point.step, y: point[of] }));
    const measured =
      ndcg10 === undefined
        ? ''
        : htmlTable(
            `nDCG@10 of ${name}`,
            ['ours', 'reference'],
            [[ndcg10.ours.toFixed(4), ndcg10.reference.toFixed(4)]],
          );
    const chart = lineChart(`Loss of ${name}`, 'step', [
      { name: 'ours', points: line('ours') },
      { name: 'reference', points: line('reference') },
    ]);
    return chart + measured;
  });
  return charts.length === 0
    ? ''
    : `<div class="grid">${charts.map((chart) => `<div>${chart}</div>`).join('')}</div>`;
}
