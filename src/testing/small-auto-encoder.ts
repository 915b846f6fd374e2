import type { SparseAutoEncoderConfig } from '../modules/sparse-auto-encoder.js';

/** Options of a sparse auto-encoder that is small enough to compute its numbers by hand. */
export const SMALL_AUTO_ENCODER: SparseAutoEncoderConfig = {
  inputDim: 4,
  hiddenDim: 12,
  k: 2,
  kAux: 5,
  normalize: false,
  deadThreshold: -1,
};
