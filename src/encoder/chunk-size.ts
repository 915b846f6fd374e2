import type { Module } from '../modules/module.js';
import { warn } from '../warnings.js';
import { leavesOf } from './module-tree.js';

/** The chunk size of the first SpladePooling; null without one. */
export function chunkSizeOf(modules: readonly Module[]): number | null {
  return modulesInChunks(modules)[0]?.chunkSize ?? null;
}

/** Sets the chunk size of every SpladePooling; warns if there is none. */
export function setChunkSize(modules: readonly Module[], tokens: number | null): void {
  const poolings = modulesInChunks(modules);
  if (poolings.length === 0) warn('the encoder has no SpladePooling whose chunk size could be set');
  for (const pooling of poolings) pooling.chunkSize = tokens;
}

function modulesInChunks(modules: readonly Module[]): Module[] {
  return leavesOf(modules).flatMap(({ module }) => (module.chunkSize === undefined ? [] : module));
}
