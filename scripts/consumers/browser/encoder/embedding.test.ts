import { describe, expect, it } from 'vitest';
import { narrowToHalf } from '../../../../src/files/safetensors/half.js';
import { type AfterLogits, type Outputs, readEmbeddings } from './embedding.js';

const MAX: AfterLogits = { pooling: { strategy: 'max', activation: 'relu' }, maxActiveDims: null };
const floats = (values: number[], dims: number[]) => ({
  type: 'float32',
  data: Float32Array.from(values),
  dims,
});
const whole = (values: number[]) => ({
  type: 'int64',
  data: BigInt64Array.from(values, BigInt),
  dims: [values.length],
});
const EXPECTED = [
  { indices: [1, 2], values: [0.5, 2] },
  { indices: [], values: [] },
  { indices: [0], values: [1.5] },
];
const DENSE = floats([0, 0.5, 2, 0, 0, 0, 1.5, 0, 0], [3, 3]);

describe('readEmbeddings', () => {
  it.each<[string, Outputs]>([
    ['dense', { sentence_embedding: DENSE }],
    ['all', { logits: floats([9], [1, 1, 1]), sentence_embedding: DENSE }],
    [
      'sparse',
      { indices: whole([1, 2, 0]), values: floats([0.5, 2, 1.5], [3]), offsets: whole([0, 2, 2, 3]) },
    ],
    [
      'dense in float16',
      { sentence_embedding: { type: 'float16', data: narrowToHalf(DENSE.data), dims: [3, 3] } },
    ],
  ])('reads the format %s', (_, outputs) => {
    expect(readEmbeddings(outputs, [1, 1, 1], MAX)).toEqual(EXPECTED);
  });

  // [2 texts, 2 tokens, 3 terms]; the last token of the second text is padding.
  const logits = floats([1, -1, 0, 3, -2, 5, 0, 2, -1, 9, 9, 9], [2, 2, 3]);
  const mask = [1, 1, 1, 0];
  const ln = (value: number): number => Math.fround(Math.log1p(value));

  it('pools logits by the maximum over the tokens of a text', () => {
    expect(readEmbeddings({ logits }, mask, MAX)).toEqual([
      { indices: [0, 2], values: [ln(3), ln(5)] },
      { indices: [1], values: [ln(2)] },
    ]);
  });

  it('keeps of pooled logits the largest, where the model has a limit', () => {
    expect(readEmbeddings({ logits }, mask, { ...MAX, maxActiveDims: 1 })).toEqual([
      { indices: [2], values: [ln(5)] },
      { indices: [1], values: [ln(2)] },
    ]);
  });

  it('pools logits by the sum, with the logarithm taken twice', () => {
    const pooling = { strategy: 'sum', activation: 'log1p_relu' } as const;
    const [first] = readEmbeddings({ logits }, mask, { pooling, maxActiveDims: null });
    const twice = (value: number): number => Math.log1p(Math.log1p(value));
    expect(first?.indices).toEqual([0, 2]);
    expect(first?.values[0]).toBeCloseTo(twice(1) + twice(3), 6);
    expect(first?.values[1]).toBeCloseTo(twice(5), 6);
  });

  it('says what outputs it expects', () => {
    expect(() => readEmbeddings({ pooled: DENSE }, [], MAX)).toThrow(
      "the model's outputs are pooled; expected indices, values and offsets, or sentence_embedding, or logits",
    );
  });
});
