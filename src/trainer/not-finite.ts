import { UsageError } from '../errors.js';

/** @throws UsageError for a loss that is not finite, before the parameters are changed by it */
export function requireFinite(loss: number, step: number): void {
  if (Number.isFinite(loss)) return;
  throw new UsageError(
    `the trainer: the loss is ${loss} at step ${step}; the parameters are as they were before it. ` +
      'A smaller learningRate, a longer warm-up or a smaller maxGradNorm usually helps',
  );
}
