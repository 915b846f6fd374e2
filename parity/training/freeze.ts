import type { SparseEncoder } from '../../src/index.js';

/** Stops the training of parameters whose names match a regular expression. */
export function freeze(model: SparseEncoder, pattern: string): void {
  const isFrozen = new RegExp(pattern, 'u');
  for (const [name, variable] of model.namedParameters()) {
    if (isFrozen.test(name)) variable.trainable = false;
  }
}
