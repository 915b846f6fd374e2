import type { OnnxTensor } from '../model.js';

export const int64s = (...elements: number[]): OnnxTensor => ({
  type: 'int64',
  dims: [elements.length],
  data: BigInt64Array.from(elements, BigInt),
});

export const uint8s = (...elements: number[]): OnnxTensor => ({
  type: 'uint8',
  dims: [elements.length],
  data: Uint8Array.from(elements),
});

export const uint8 = (element: number): OnnxTensor => ({ ...uint8s(element), dims: [] });

export const float32 = (element: number): OnnxTensor => ({
  type: 'float32',
  dims: [],
  data: Float32Array.of(element),
});

export const float32s = (data: Float32Array): OnnxTensor => ({ type: 'float32', dims: [data.length], data });
