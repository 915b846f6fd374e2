import { z } from 'zod';

/** Who encodes: an encoder in the caller's process, or an `EncoderPool`. */
export const ENCODERS = ['encoder', 'pool'] as const;

export const LatencyCase = z.object({
  encoder: z.enum(ENCODERS),
  model: z.string(),
  texts: z.array(z.string()),
  /** Rounds of each task, of which the fastest is reported. */
  rounds: z.number().int().positive(),
});

export type LatencyCase = z.infer<typeof LatencyCase>;

export const LatencyReport = z.array(
  z.object({
    work: z.string(),
    /** Time until the last embedding. */
    ms: z.number(),
    /** The longest time in which the caller's event loop did nothing else. */
    blockMs: z.number(),
  }),
);

export type LatencyReport = z.infer<typeof LatencyReport>;
