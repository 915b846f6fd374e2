import { setEngine, SparseEncoder, type SparseMatrix } from '../../src/index.js';
import type { ExportedGraph } from './exported-graph.js';

/** The encoder's results for texts, with which a consumer is compared. */
export interface Expected {
  /** One row each. */
  readonly embeddings: SparseMatrix;
  /** The same with other texts in the batch, which differs by rounding. */
  readonly spread: SparseMatrix;
  /** Token ids of each text. */
  readonly ids: readonly (readonly number[])[];
  readonly maxActiveDims: number | null;
}

const BATCHES = { batchSize: 8, otherBatchSize: 3 } as const;

/** For each graph the embeddings by the encoder that it was exported from. */
export async function expectedOf(
  model: string,
  graphs: readonly ExportedGraph[],
  texts: readonly string[],
): Promise<Expected[]> {
  await setEngine('onnx');
  const encoder = await SparseEncoder.load(model);
  try {
    const expected: Expected[] = [];
    for (const graph of graphs) {
      const maxActiveDims = graph.maxActiveDims ?? encoder.maxActiveDims;
      // A graph takes tokens; its user puts prompts before texts.
      const task = { prompt: '', ...(graph.task !== undefined && { task: graph.task }) };
      const encode = async (batchSize: number): Promise<SparseMatrix> =>
        await encoder.encode(texts, { ...task, maxActiveDims, batchSize });
      expected.push({
        embeddings: await encode(BATCHES.batchSize),
        spread: await encode(BATCHES.otherBatchSize),
        ids: await encoder.tokenize(texts, task),
        maxActiveDims,
      });
    }
    return expected;
  } finally {
    await encoder.dispose();
  }
}
