import { describe, expect, it } from 'vitest';
import { padBatch } from './pad-batch.js';

const encodings = [
  { ids: [5, 6], typeIds: [0, 1] },
  { ids: [], typeIds: [] },
  { ids: [7, 8, 9], typeIds: [0, 0, 1] },
];

describe('padBatch', () => {
  it('pads at the right to the longest text', () => {
    expect(padBatch(encodings, { paddingId: 1, paddingTypeId: 3, paddingSide: 'right' })).toEqual({
      rows: 3,
      columns: 3,
      inputIds: Int32Array.of(5, 6, 1, 1, 1, 1, 7, 8, 9),
      attentionMask: Int32Array.of(1, 1, 0, 0, 0, 0, 1, 1, 1),
      tokenTypeIds: Int32Array.of(0, 1, 3, 3, 3, 3, 0, 0, 1),
    });
  });

  it('pads at the left', () => {
    expect(padBatch(encodings, { paddingId: 0, paddingTypeId: 0, paddingSide: 'left' })).toMatchObject({
      inputIds: Int32Array.of(0, 5, 6, 0, 0, 0, 7, 8, 9),
      attentionMask: Int32Array.of(0, 1, 1, 0, 0, 0, 1, 1, 1),
      tokenTypeIds: Int32Array.of(0, 0, 1, 0, 0, 0, 0, 0, 1),
    });
  });

  it('gives no columns for no texts', () => {
    const padding = { paddingId: 0, paddingTypeId: 0, paddingSide: 'right' } as const;
    expect(padBatch([], padding)).toMatchObject({ rows: 0, columns: 0, inputIds: new Int32Array() });
  });
});
