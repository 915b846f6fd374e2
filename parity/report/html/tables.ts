import { grouped } from '../../../src/counted.js';
import { bar } from '../../../src/html/bar.js';
import { escapeText } from '../../../src/html/escape.js';
import { type Cell, htmlTable } from '../../../src/html/table.js';
import type { ParityReport } from '../parity-report.js';
import { placeOf } from '../place.js';
import { formatRatio } from '../ratio.js';
import { breakable } from './matrix.js';

export function worstTable({ worst }: ParityReport): string {
  if (worst.length === 0) return '';
  const rows = worst.map(({ target, stratum, tensor, coordinate, ours, float32, truth, ratio }) => [
    breakable(target),
    placeOf(tensor, coordinate),
    formatRatio(ratio),
    ours,
    float32,
    truth,
    stratum,
  ]);
  const head = ['target', 'coordinate', 'ratio', 'ours', 'float32', 'truth', 'stratum'];
  return htmlTable('The coordinate of each target and tensor with the largest ratio', head, rows);
}

export function strataTable({ cells }: ParityReport): string {
  const strata = [...new Set(cells.map(({ stratum }) => stratum))];
  if (strata.length === 0) return '';
  const sums = strata.map((stratum) => {
    const own = cells.filter((cell) => cell.stratum === stratum);
    return {
      stratum,
      targets: own.length,
      cases: own.reduce((sum, { cases }) => sum + cases, 0),
      mismatches: own.reduce((sum, { mismatches }) => sum + mismatches, 0),
    };
  });
  const most = Math.max(1, ...sums.map(({ cases }) => cases));
  const rows = sums.map(({ stratum, targets, cases, mismatches }) => [
    stratum,
    bar(grouped(cases), cases / most),
    grouped(targets),
    mismatches === 0 ? '0' : { html: `<span class="bad">✗ ${grouped(mismatches)}</span>` },
  ]);
  return htmlTable('How often each stratum was hit', ['stratum', 'cases', 'targets', 'mismatches'], rows);
}

export function pointTable({ points }: ParityReport): string {
  if (points.length === 0) return '';
  const rows = points.map(({ name, cases, points: count }) => [name, grouped(cases), grouped(count)]);
  return htmlTable(
    'Points at which the reference’s choice of a subgradient decides',
    ['kind', 'cases with some', 'points'],
    rows,
  );
}

export function mutantTable({ mutants = [] }: ParityReport): string {
  if (mutants.length === 0) return '';
  const rows = mutants.map(({ group, total, killed, equivalent, survivors }): Cell[] => {
    const due = total - equivalent;
    const rate = due === 0 ? 0 : killed / due;
    return [
      group,
      bar(`${(100 * rate).toFixed(1)} %`, rate),
      `${killed} of ${due}`,
      `${equivalent}`,
      survivors.length === 0
        ? 'none'
        : { html: `<span class="text bad">✗ ${escapeText(survivors.join(', '))}</span>` },
    ];
  });
  const head = ['variants of', 'kill rate', 'caught', 'the same as the right one', 'not caught'];
  return htmlTable('Wrong variants that the comparison must catch', head, rows);
}

export function quirkTable({ quirks = [] }: ParityReport): string {
  if (quirks.length === 0) return '';
  const rows = quirks.map(({ id, still, seen }): Cell[] => [
    id,
    still ? '✓ yes' : { html: '<span class="bad">✗ no longer</span>' },
    { html: `<span class="text">${escapeText(seen)}</span>` },
  ]);
  return htmlTable(
    'Known faults of the reference, each checked again',
    ['quirk', 'still there', 'seen'],
    rows,
  );
}

export function environmentTable({ environment, seed }: ParityReport): string {
  const rows = [...environment, { name: 'seed', value: `${seed}` }].map(({ name, value }): Cell[] => [
    name,
    { html: `<span class="text">${escapeText(value)}</span>` },
  ]);
  return htmlTable('Versions and settings of this run', ['what', 'value'], rows);
}
