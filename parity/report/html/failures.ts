import { counted } from '../../../src/counted.js';
import { escapeText } from '../../../src/html/escape.js';
import { htmlTable } from '../../../src/html/table.js';
import type { ParityReport, ReportFailure } from '../parity-report.js';
import { placeOf } from '../place.js';
import { formatRatio } from '../ratio.js';
import { breakable } from './matrix.js';

/** Failures in full, each the first of its target. */
const MOST_FAILURES = 50;

/** What differs: a line for each target, and its first failure with the shrunk inputs to open. */
export function failureList({ failures }: ParityReport): string {
  const targets = [...new Set(failures.map(({ target }) => target))];
  const firsts = targets.flatMap((target) => {
    const own = failures.filter((failure) => failure.target === target);
    const [first] = own;
    return first === undefined ? [] : [{ ...first, count: own.length }];
  });
  if (firsts.length === 0) return '';
  const shown = firsts.slice(0, MOST_FAILURES);
  const rows = shown.map(
    ({ target, count, kind, stratum, tensor, coordinate, ours, float32, truth, ratio }) => [
      breakable(target),
      kind,
      stratum,
      placeOf(tensor, coordinate),
      ours ?? '–',
      float32 ?? '–',
      truth ?? '–',
      formatRatio(ratio),
      `${count}`,
    ],
  );
  const head = [
    'target',
    'differs in',
    'stratum',
    'coordinate',
    'ours',
    'float32',
    'truth',
    'ratio',
    'cases',
  ];
  const rest = firsts.length - shown.length;
  const more =
    rest > 0 ? `<p>And failures of ${counted(rest, 'more target')}, which the JSON report has.</p>` : '';
  return `${htmlTable('The first failure of each target', head, rows)}${more}\n${shown.map(detail).join('\n')}`;
}

function detail({ kind, path, message, hints, inputs, again, replay, file }: ReportFailure): string {
  const named = [
    ...inputs,
    ...(again === null ? [] : [{ name: 'again', value: again }]),
    ...(replay === null ? [] : [{ name: 'replay', value: replay }]),
    ...(file === null ? [] : [{ name: 'file', value: file }]),
  ];
  const lists = named.map(
    ({ name, value }) => `<dt>${escapeText(name)}</dt><dd><pre tabindex="0">${escapeText(value)}</pre></dd>`,
  );
  return `<details><summary>${escapeText(kind)} mismatch: ${escapeText(path)}</summary><p>${[message, ...hints].map(escapeText).join('<br>')}</p><dl>${lists.join('')}</dl></details>`;
}
