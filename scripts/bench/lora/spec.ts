import { z } from 'zod';
import { MINILM_STEP, StepCase } from '../step/spec.js';

export const LoraCase = StepCase.extend({
  threads: z.number().int().positive(),
  /** Steps that are measured, after one that compiles. */
  rounds: z.number().int().positive(),
  /** Options of the adapter; null trains all parameters. */
  adapter: z.object({ r: z.number(), targetModules: z.union([z.string(), z.array(z.string())]) }).nullable(),
});

export type LoraCase = z.infer<typeof LoraCase>;

export const LoraPoint = z.object({
  /** Processor time of a step, the shortest. */
  cpuMs: z.number(),
  /** Time of a step, the shortest. */
  ms: z.number(),
  peakMiB: z.number(),
  trainable: z.number(),
});

export type LoraPoint = z.infer<typeof LoraPoint>;

export interface LoraRow {
  readonly name: string;
  readonly spec: Omit<LoraCase, 'threads'>;
}

const ADAPTERS: Readonly<Record<string, LoraCase['adapter']>> = {
  'all parameters': null,
  'r 8, query and value': { r: 8, targetModules: ['query', 'value'] },
  'r 16, all-linear': { r: 16, targetModules: 'all-linear' },
};

export function loraRows(quick: boolean): LoraRow[] {
  const model = { ...MINILM_STEP, ...(quick && { layers: 2, pairs: 4 }), rounds: quick ? 3 : 6 };
  return Object.entries(ADAPTERS).map(([name, adapter]) => ({ name, spec: { ...model, adapter } }));
}
