import { z } from 'zod';
import { CachedCase } from '../cached/spec.js';
import { MINILM_STEP } from '../step/spec.js';

/** A training step at one size. */
export const ScalingCase = CachedCase.omit({ first: true }).extend({
  /** Whether the loss is CachedSpladeLoss. */
  isCached: z.boolean(),
  rounds: z.number().int().positive(),
  threads: z.number().int().positive(),
});

export type ScalingCase = z.infer<typeof ScalingCase>;

export const ScalingPoint = z.object({ ms: z.number(), peakMiB: z.number() });

export type ScalingPoint = z.infer<typeof ScalingPoint>;

/** A series of steps that differ in one number. */
export interface Series {
  readonly name: string;
  /** What the number is. */
  readonly of: 'pairs' | 'vocabulary';
  readonly values: readonly number[];
  readonly spec: Omit<ScalingCase, 'threads'>;
}

export function scalingSeries(quick: boolean): Series[] {
  const spec = { ...MINILM_STEP, layers: 2, length: 32, pairs: 8, miniBatch: 32, isCached: false, rounds: 3 };
  const upTo = (values: readonly number[]): readonly number[] => (quick ? values.slice(0, 2) : values);
  return [
    { name: 'step by pairs', of: 'pairs', values: upTo([8, 16, 32, 64, 128]), spec },
    {
      name: 'step by terms of the vocabulary',
      of: 'vocabulary',
      values: upTo([31_250, 62_500, 125_000, 250_000]),
      spec,
    },
    {
      name: 'CachedSpladeLoss by pairs',
      of: 'pairs',
      values: upTo([32, 64, 256, 1024]),
      spec: { ...spec, isCached: true, rounds: 1 },
    },
  ];
}
