import { z } from 'zod';

/** Teacher labels: one similarity in 0..1 a row, one margin a row, or one score for each document of a row. */
const Labels = z.enum(['none', 'similarity', 'margin', 'scores']);

export const LossCase = z.object({
  loss: z.string(),
  /** Active terms of each column's embeddings; the first column is the query. */
  columns: z.array(z.number().int().positive()).min(1),
  labels: Labels,
  /** Whether the loss is the main loss of a SpladeLoss with FLOPS on queries and documents. */
  splade: z.boolean(),
  batch: z.number().int().positive(),
  dimensions: z.number().int().positive(),
  seed: z.number().int(),
});

export type LossCase = z.infer<typeof LossCase>;
export type LabelKind = z.infer<typeof Labels>;

const QUERY = 40;
const DOCUMENT = 200;
const DIMENSIONS = 30_522;
const BATCHES = [32, 256] as const;

const main: Omit<LossCase, 'batch' | 'dimensions' | 'seed'>[] = [
  {
    loss: 'SparseMultipleNegativesRankingLoss',
    columns: [QUERY, DOCUMENT, DOCUMENT],
    labels: 'none',
    splade: false,
  },
  { loss: 'SparseCoSENTLoss', columns: [DOCUMENT, DOCUMENT], labels: 'similarity', splade: false },
  { loss: 'SparseAnglELoss', columns: [DOCUMENT, DOCUMENT], labels: 'similarity', splade: false },
  { loss: 'SparseCosineSimilarityLoss', columns: [DOCUMENT, DOCUMENT], labels: 'similarity', splade: false },
  { loss: 'SparseTripletLoss', columns: [QUERY, DOCUMENT, DOCUMENT], labels: 'none', splade: false },
  { loss: 'SparseMarginMSELoss', columns: [QUERY, DOCUMENT, DOCUMENT], labels: 'margin', splade: false },
  {
    loss: 'SparseDistillKLDivLoss',
    columns: [QUERY, ...Array.from({ length: 5 }, () => DOCUMENT)],
    labels: 'scores',
    splade: false,
  },
  { loss: 'FlopsLoss', columns: [DOCUMENT], labels: 'none', splade: false },
  {
    loss: 'SparseMultipleNegativesRankingLoss',
    columns: [QUERY, DOCUMENT, DOCUMENT],
    labels: 'none',
    splade: true,
  },
];

export function lossRows(quick: boolean): { name: string; spec: LossCase }[] {
  const batches = quick ? BATCHES.slice(0, 1) : BATCHES;
  return batches.flatMap((batch) =>
    main.map((each, index) => ({
      name: `${each.splade ? `SpladeLoss(${each.loss})` : each.loss}, batch ${batch}`,
      spec: { ...each, batch, dimensions: DIMENSIONS, seed: 1000 * batch + index },
    })),
  );
}
