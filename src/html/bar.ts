import type { Cell } from './table.js';

/** A bar of a share from 0 to 1, which a screen reader leaves out: the number stands beside it. */
export const bar = (share: number, kind: 'own' | 'expansion' | 'plain' = 'plain'): Cell => ({
  html: `<span class="bar${kind === 'plain' ? '' : ` ${kind}`}" style="width:${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%" aria-hidden="true"></span>`,
});
