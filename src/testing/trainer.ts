import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { modelFixture } from './new-encoders.js';

export const loadFixture = (name: string): Promise<SparseEncoder> => SparseEncoder.load(modelFixture(name));
