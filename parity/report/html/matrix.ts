import { counted } from '../../../src/counted.js';
import { escapeText } from '../../../src/html/escape.js';
import { type Cell, htmlTable } from '../../../src/html/table.js';
import { formatRatio } from '../ratio.js';
import { largerRatio, type ReportCell } from '../statistics.js';
import { type TargetTotal, targetsOf } from '../targets.js';

/** A table of targets and strata. Targets that share no stratum with the others have a table of their own. */
export function matrices(cells: readonly ReportCell[]): string {
  const groups = together(targetsOf(cells));
  const legend =
    '<p>✓ equal, with the largest ratio; ✗ with the number of cases that differ of all; – no such case.</p>';
  return groups.length === 0 ? '' : legend + groups.map(matrix).join('\n');
}

/** Groups of targets with common strata. */
function together(targets: readonly TargetTotal[]): TargetTotal[][] {
  let groups: { readonly strata: ReadonlySet<string>; readonly targets: TargetTotal[] }[] = [];
  for (const target of targets) {
    const strata = target.cells.map(({ stratum }) => stratum);
    const joined = groups.filter((group) => strata.some((stratum) => group.strata.has(stratum)));
    groups = [
      ...groups.filter((group) => !joined.includes(group)),
      {
        strata: new Set([...joined.flatMap((group) => [...group.strata]), ...strata]),
        targets: [...joined.flatMap((group) => group.targets), target],
      },
    ];
  }
  return groups.map((group) => group.targets);
}

function matrix(targets: readonly TargetTotal[]): string {
  const strata = [...new Set(targets.flatMap(({ cells }) => cells.map(({ stratum }) => stratum)))];
  const rows = targets.map(({ target, cells }) => [
    breakable(target),
    ...strata.map((stratum) => verdictOf(cells.find((cell) => cell.stratum === stratum))),
  ]);
  return htmlTable(`${counted(targets.length, 'target')} by strata`, ['target', ...strata], rows);
}

function verdictOf(cell: ReportCell | undefined): Cell {
  if (cell === undefined) {
    return { html: '<span aria-hidden="true">–</span><span class="unseen">no such case</span>' };
  }
  const { cases, mismatches, valueRatio, gradientRatio } = cell;
  if (cases === 0) return { html: '<span class="bad">✗ no case</span>' };
  const words = `<span class="unseen"> of ${counted(cases, 'case')}</span>`;
  if (mismatches > 0) {
    return { html: `<span class="bad">✗ ${mismatches}/${cases}<span class="unseen"> differ</span></span>` };
  }
  const ratio = formatRatio(largerRatio(valueRatio, gradientRatio));
  return { html: `<span class="good">✓ <span class="unseen">equal, ratio </span>${ratio}</span>${words}` };
}

/** A name that may be broken after a slash, and on a narrow screen before a capital, too. */
export const breakable = (name: string): Cell => ({
  html: escapeText(name)
    .replaceAll('/', '/<wbr>')
    .replaceAll(/([a-z])([A-Z])/g, '$1<wbr class="fine">$2'),
});
