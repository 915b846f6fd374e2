import { z } from 'zod';

const count = z.number().int().positive();

/** A BERT encoder with a SPLADE head, a batch of pairs and the training: the same on both sides. */
export const StepCase = z.object({
  layers: count,
  hidden: count,
  heads: count,
  intermediate: count,
  vocabulary: count,
  positions: count,
  pairs: count,
  /** Tokens of each text. */
  length: count,
  seed: z.number().int().nonnegative(),
  /** Weights are uniform between -weightScale and weightScale. */
  weightScale: z.number(),
  /** So far below 0 that a text keeps as many terms as with a trained model. */
  decoderBias: z.number(),
  documentRegularizerWeight: z.number(),
  queryRegularizerWeight: z.number(),
  learningRate: z.number(),
  weightDecay: z.number(),
  maxGradientNorm: z.number(),
  /** The step whose loss both sides report. */
  valueStep: count,
});

export type StepCase = z.infer<typeof StepCase>;

/** The shape of MiniLM-L6; the regularizer weights of SPLADE's examples; the trainer's defaults for the optimizer. */
export const MINILM_STEP: StepCase = {
  layers: 6,
  hidden: 384,
  heads: 12,
  intermediate: 1536,
  vocabulary: 30_522,
  positions: 512,
  pairs: 16,
  length: 64,
  seed: 1,
  weightScale: 0.02 * Math.sqrt(3),
  // 250 to 320 active terms a text, 3,100 of them different in the batch.
  decoderBias: -1.4,
  documentRegularizerWeight: 3e-5,
  queryRegularizerWeight: 5e-5,
  learningRate: 1e-5,
  weightDecay: 0,
  maxGradientNorm: 1,
  valueStep: 3,
};

export function stepRows(quick: boolean): { name: string; spec: StepCase }[] {
  if (quick) {
    const spec = { ...MINILM_STEP, layers: 2, pairs: 4 };
    return [{ name: 'BERT 2 x 384, 4 pairs of 64 tokens', spec }];
  }
  return [{ name: 'BERT 6 x 384, 16 pairs of 64 tokens', spec: MINILM_STEP }];
}
