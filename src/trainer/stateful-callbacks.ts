import type { TrainerCallback } from './callbacks.js';

/** The callbacks with a state for checkpoints, each under a unique name. Callbacks with the same name are numbered. */
export function statefulCallbacks(callbacks: readonly TrainerCallback[]): [string, TrainerCallback][] {
  const counts = new Map<string, number>();
  return callbacks.flatMap((each) => {
    if (each.name === undefined || each.state === undefined) return [];
    const count = (counts.get(each.name) ?? 0) + 1;
    counts.set(each.name, count);
    return [[count === 1 ? each.name : `${each.name} ${count}`, each]];
  });
}
