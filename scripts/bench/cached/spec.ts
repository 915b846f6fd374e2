import { z } from 'zod';
import { StepCase } from '../step/spec.js';

/** A batch that is embedded in mini-batches. */
export const CachedCase = StepCase.extend({
  miniBatch: z.number().int().positive(),
  /** Whether a round is the first call with this batch, which includes compiling for us, or a later one. */
  first: z.boolean(),
});

export type CachedCase = z.infer<typeof CachedCase>;

/** So small that a call takes only the time for compiling. */
const TINY: Omit<CachedCase, 'pairs' | 'first'> = {
  layers: 2,
  hidden: 16,
  heads: 2,
  intermediate: 32,
  vocabulary: 300,
  positions: 32,
  length: 16,
  seed: 1,
  weightScale: 0.02 * Math.sqrt(3),
  decoderBias: 0,
  documentRegularizerWeight: 3e-5,
  queryRegularizerWeight: 5e-5,
  learningRate: 1e-5,
  weightDecay: 0,
  maxGradientNorm: 1,
  valueStep: 1,
  miniBatch: 8,
};

export function cachedRows(quick: boolean): { name: string; spec: CachedCase }[] {
  return [true, false].flatMap((first) =>
    (quick ? [32] : [32, 128, 256]).map((pairs) => ({
      name: `${first ? 'first' : 'next'} call, ${pairs} pairs in mini-batches of 8`,
      spec: { ...TINY, pairs, first },
    })),
  );
}
