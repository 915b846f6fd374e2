import type { EncodedText, Tokenizer } from './tokenizer.js';

/** Encoded texts padded to the same length: `[rows, columns]`, row by row. */
export interface PaddedBatch {
  readonly rows: number;
  /** Length of the longest text. */
  readonly columns: number;
  readonly inputIds: Int32Array;
  /** 1 for a token of the text, 0 for padding. */
  readonly attentionMask: Int32Array;
  readonly tokenTypeIds: Int32Array;
}

export type Padding = Pick<Tokenizer, 'paddingId' | 'paddingTypeId' | 'paddingSide'>;

/** Pads to the longest text of the batch. */
export function padBatch(
  encodings: readonly EncodedText[],
  { paddingId, paddingTypeId, paddingSide }: Padding,
): PaddedBatch {
  const rows = encodings.length;
  const columns = encodings.reduce((longest, { ids }) => Math.max(longest, ids.length), 0);
  const inputIds = new Int32Array(rows * columns).fill(paddingId);
  const tokenTypeIds = new Int32Array(rows * columns).fill(paddingTypeId);
  const attentionMask = new Int32Array(rows * columns);
  for (const [row, { ids, typeIds }] of encodings.entries()) {
    const start = row * columns + (paddingSide === 'left' ? columns - ids.length : 0);
    inputIds.set(ids, start);
    tokenTypeIds.set(typeIds, start);
    attentionMask.fill(1, start, start + ids.length);
  }
  return { rows, columns, inputIds, attentionMask, tokenTypeIds };
}
