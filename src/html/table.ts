import { escapeText } from './escape.js';

/** A cell: text, or HTML that is safe already. */
export type Cell = string | { readonly html: string };

const inside = (cell: Cell): string => (typeof cell === 'string' ? escapeText(cell) : cell.html);

/** A table that scrolls on a narrow screen; the first cell of a row is its heading. */
export function htmlTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): string {
  const headings = head.map((name) => `<th scope="col">${escapeText(name)}</th>`).join('');
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((cell) => `<td>${inside(cell)}</td>`).join('');
    return `<tr><th scope="row">${inside(first)}</th>${cells}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeText(caption)}"><table><caption>${escapeText(caption)}</caption><thead><tr>${headings}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
