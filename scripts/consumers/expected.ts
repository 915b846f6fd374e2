import { rowOf, SparseEncoder } from '../../src/index.js';
import type { Embedding } from './browser/encoder/embedding.js';
import type { ExportedGraph } from './exported-folder.js';

/** What the encoder makes of the texts: what a consumer is compared with. */
export interface Expected {
  readonly embeddings: readonly Embedding[];
  /** Token ids of each text. */
  readonly ids: readonly (readonly number[])[];
}

/** The embeddings of each task that graphs have, by the encoder of the model that they were exported from. */
export async function expectedOf(
  model: string,
  tasks: readonly ExportedGraph['task'][],
  texts: readonly string[],
): Promise<Map<ExportedGraph['task'], Expected>> {
  const encoder = await SparseEncoder.load(model);
  try {
    const expected = new Map<ExportedGraph['task'], Expected>();
    for (const task of new Set(tasks)) {
      // A graph takes tokens: prompts are for its user to put before texts.
      const options = { prompt: '', ...(task !== undefined && { task }) };
      const matrix = await encoder.encode(texts, options);
      const embeddings = texts.map((_, row) => {
        const { indices, values } = rowOf(matrix, row);
        return { indices: [...indices], values: [...values] };
      });
      expected.set(task, { embeddings, ids: await encoder.tokenize(texts, options) });
    }
    return expected;
  } finally {
    await encoder.dispose();
  }
}
