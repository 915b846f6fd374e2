import { escapeText } from './escape.js';
import type { Cell } from './table.js';

/** What a bar's pattern says, in words for a screen reader. */
const IN_WORDS = { own: 'in the text', expansion: 'expansion', plain: '' } as const;

/**
 * A number above a bar of a share from 0 to 1. A screen reader leaves the bar out, and reads its kind.
 *
 * @param value the number as it is read
 */
export function bar(value: string, share: number, kind: keyof typeof IN_WORDS = 'plain'): Cell {
  const width = (100 * Math.min(1, Math.max(0, share))).toFixed(1);
  const words = IN_WORDS[kind] === '' ? '' : `<span class="unseen"> ${IN_WORDS[kind]}</span>`;
  return {
    html: `${escapeText(value)}${words}<span class="bar${kind === 'plain' ? '' : ` ${kind}`}" style="width:${width}%" aria-hidden="true"></span>`,
  };
}
