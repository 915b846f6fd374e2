import type { ParameterSpec } from '../parameters.js';
import { linearSpecs } from './specs.js';

/** Base models have a pooler behind the hidden states; sentence embeddings are made without it. */
export function poolerSpecs(width: number, deviation: number, name = 'pooler.dense'): ParameterSpec[] {
  return linearSpecs(name, width, width, deviation);
}
