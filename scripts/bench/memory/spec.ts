import { z } from 'zod';
import { MINILM_STEP, StepCase } from '../step/spec.js';

export const MemoryCase = z.object({
  kind: z.enum(['encode', 'training']),
  rounds: z.number().int().positive(),
  model: StepCase,
  threads: z.number().int().positive(),
});

export type MemoryCase = z.infer<typeof MemoryCase>;

export const MemoryResult = z.object({
  /** Before the model is made. */
  startMiB: z.number(),
  /** After the first round. */
  firstMiB: z.number(),
  lastMiB: z.number(),
  seconds: z.number(),
  sessions: z.number(),
  /** The engine's own estimate for its sessions. */
  estimatedMiB: z.number(),
});

export type MemoryResult = z.infer<typeof MemoryResult>;

export const MemoryReport = MemoryResult.extend({ disposedMiB: z.number(), peakMiB: z.number() });

export type MemoryReport = z.infer<typeof MemoryReport>;

export interface MemoryRow {
  readonly name: string;
  readonly spec: Omit<MemoryCase, 'threads'>;
}

export function memoryRows(quick: boolean): MemoryRow[] {
  const model = { ...MINILM_STEP, pairs: 4, ...(quick && { layers: 2 }) };
  const [encodings, steps] = quick ? [10, 20] : [60, 200];
  return [
    {
      name: `encode with ${encodings} values of maxActiveDims, 7 prompts and 5 tasks`,
      spec: { kind: 'encode', rounds: encodings, model },
    },
    {
      name: `${steps} training steps of 4 pairs of 16 to 64 tokens`,
      spec: { kind: 'training', rounds: steps, model },
    },
  ];
}
