import type { ParameterSpec } from '../parameters.js';
import { linearSpecs } from './specs.js';

/** Base models have a pooler after the hidden states; sentence embeddings do not use it. */
export function poolerSpecs(width: number, deviation: number, name = 'pooler.dense'): ParameterSpec[] {
  return linearSpecs(name, width, width, deviation);
}
