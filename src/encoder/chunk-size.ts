import type { Module } from '../modules/module.js';
import { SpladePooling } from '../modules/splade-pooling.js';
import { warn } from '../warnings.js';
import { leavesOf } from './module-tree.js';

/** The chunk size of the first SpladePooling; null without one. */
export function chunkSizeOf(modules: readonly Module[]): number | null {
  return spladePoolings(modules)[0]?.chunkSize ?? null;
}

/** Sets it for every SpladePooling, with a warning where there is none. */
export function setChunkSize(modules: readonly Module[], tokens: number | null): void {
  const poolings = spladePoolings(modules);
  if (poolings.length === 0) warn('the encoder has no SpladePooling whose chunk size could be set');
  for (const pooling of poolings) pooling.chunkSize = tokens;
}

function spladePoolings(modules: readonly Module[]): SpladePooling[] {
  return leavesOf(modules).flatMap(({ module }) => (module instanceof SpladePooling ? module : []));
}
