import { counted, grouped } from '../../src/counted.js';
import { InputError } from '../../src/errors.js';
import { escapeText } from '../../src/html/escape.js';
import type { ParityReport } from './parity-report.js';
import type { FailedRun } from './read-report.js';
import { hasFinding, problemsOf } from './verdict.js';

const LABEL = 'parity';
const COLOURS = { good: '#15803d', bad: '#b91c1c', incomplete: '#92400e' } as const;
/** About the width of a character of the font at 11 pixels, and the space around a text. */
const CHARACTER = 6.6;
const SPACE = 12;

/** A badge as SVG. It is green only if something was compared, everything is equal, and nothing was kept from it. */
export function renderBadge(report: ParityReport | FailedRun): string {
  const { message, verdict } = sayingOf(report);
  const [left, right] = [widthOf(LABEL), widthOf(message)];
  const title = escapeText(`${LABEL}: ${message}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${title}">
<title>${title}</title>
<clipPath id="r"><rect width="${left + right}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="${left}" height="20" fill="#374151"/><rect x="${left}" width="${right}" height="20" fill="${COLOURS[verdict]}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
${text(LABEL, left / 2, left)}
${text(message, left + right / 2, right)}
</g>
</svg>
`;
}

function sayingOf(report: ParityReport | FailedRun): {
  readonly message: string;
  readonly verdict: keyof typeof COLOURS;
} {
  if ('error' in report) return { message: 'did not run', verdict: 'bad' };
  const { summary, mutants = [], shard, unchecked } = report;
  if (shard !== undefined) {
    throw new InputError(
      `this is the report of shard ${shard.index} of ${shard.count} only; merge the shards first`,
    );
  }
  const cases = counted(summary.cases, 'case');
  if (summary.cases === 0) return { message: 'nothing compared', verdict: 'bad' };
  if (summary.mismatches > 0) {
    return {
      message: `${counted(summary.mismatches, 'mismatch', 'mismatches')} in ${cases}`,
      verdict: 'bad',
    };
  }
  const due = mutants.reduce((sum, { total, equivalent }) => sum + total - equivalent, 0);
  const killed = mutants.reduce((sum, one) => sum + one.killed, 0);
  const caught = due === 0 ? '' : `, ${grouped(killed)}/${grouped(due)} mutants`;
  const message = `${cases}${caught}`;
  if (hasFinding(report)) {
    return { message: `${message}, ${counted(problemsOf(report).length, 'failed check')}`, verdict: 'bad' };
  }
  const lost = unchecked.filter(({ broken }) => broken).length;
  if (lost > 0) return { message: `${message}, ${grouped(lost)} not checked`, verdict: 'incomplete' };
  return { message, verdict: 'good' };
}

const widthOf = (words: string): number => Math.ceil(words.length * CHARACTER) + SPACE;

const text = (words: string, x: number, width: number): string =>
  `<text x="${x}" y="14" textLength="${width - SPACE}">${escapeText(words)}</text>`;
