import { escapeText } from '../../html/escape.js';
import { scatterSvg } from '../../html/scatter.js';
import { htmlTable } from '../../html/table.js';
import { sweepPanels } from '../sweep-picture.js';
import { sweepRows, type SweepResult } from '../sweep-result.js';

/** nDCG against expected FLOPs and against measured search time, with the figures as a table below. */
export function sweepHtml(result: SweepResult): string {
  const { task, k, varied } = result;
  const drawings = sweepPanels(result).map((panel) =>
    scatterSvg(`nDCG@${k}: ${panel.title}`, `nDCG@${k}`, [panel]),
  );
  const [head = [], ...rows] = sweepRows(result);
  const what =
    varied === null
      ? 'One model whose embeddings are truncated in several ways'
      : `Models that were trained with different values of ${varied}`;
  return `<p>${escapeText(what)}, on the task ${escapeText(task)}. The horizontal axes are logarithmic.</p>
<figure>
<figcaption>What sparsity costs</figcaption>
<div class="grid">${drawings.join('\n')}</div>
<details open><summary>Numbers</summary>${htmlTable('What sparsity costs', head, rows)}</details>
</figure>`;
}
