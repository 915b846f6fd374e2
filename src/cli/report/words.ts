import { counted } from '../../counted.js';
import { escapeText } from '../../html/escape.js';
import { htmlTable } from '../../html/table.js';
import { packageVersion } from '../../version.js';
import { aFigure } from '../train/figures.js';
import { cardHtml } from './card-html.js';
import type { Run } from './read-run.js';

/** The parts of the card that say what the model was trained on, and how. */
const FIRST_OF_CARD = /^### Training Datasets?$/m;
const AFTER_THESE = /^## Citation$/m;

/** The state of the run, and its last figures. */
export function leadOf({ entries, model, isComplete, brokenLines }: Run): string {
  const last = entries.reduce((most, { step = 0 }) => Math.max(most, step), 0);
  const whole = entries.find((entry) => 'train_runtime' in entry);
  const figures = [...new Map(entries.flatMap(Object.entries<number>))];
  const note = isComplete
    ? ''
    : `<p class="note">This run was cut off after step ${last}, or still goes on.${model === undefined ? ' It has no checkpoint.' : ` The newest model is ${escapeText(model)}.`}${brokenLines === 0 ? '' : ` ${counted(brokenLines, 'line')} of its log ${brokenLines === 1 ? 'is' : 'are'} not whole and left out.`}</p>`;
  const seconds = whole?.['train_runtime'];
  const words = `<p>${counted(last, 'step')}${seconds === undefined ? '' : ` in ${aFigure(seconds)} s`}${isComplete && model !== undefined ? `; the model is ${escapeText(model)}` : ''}. Written by sparse-encoder ${packageVersion()}.</p>`;
  const table = htmlTable(
    'The last value of each figure',
    ['figure', 'value'],
    figures.filter(([name]) => name !== 'step').map(([name, value]) => [name, aFigure(value)]),
  );
  return `${note}${words}<details><summary>The last figures</summary>${table}</details>`;
}

/** Data, loss, settings, times and versions, as the model's card has them; empty if there is no such card. */
export function fromCard(card: string): string {
  const begin = card.search(FIRST_OF_CARD);
  if (begin < 0) return '';
  const rest = card.slice(begin);
  const end = rest.search(AFTER_THESE);
  return `<p>As the model's card says:</p>\n${cardHtml(rest.slice(0, end < 0 ? undefined : end))}`;
}
