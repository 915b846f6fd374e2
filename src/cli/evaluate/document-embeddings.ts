import type { EncodeOptions } from '../../encoder/encode-options.js';
import type { EvaluatedModel } from '../../evaluators/evaluator.js';
import type { Progress } from '../../progress.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';

const DOCUMENTS_OF_CALL = 1024;

/** Encodes documents part by part, so that not all embeddings need to be in memory at a time. */
export async function* documentEmbeddings(
  model: EvaluatedModel,
  documents: readonly string[],
  encoding: EncodeOptions,
  bar: Progress,
): AsyncGenerator<SparseMatrix> {
  for (let begin = 0; begin < documents.length; begin += DOCUMENTS_OF_CALL) {
    const texts = documents.slice(begin, begin + DOCUMENTS_OF_CALL);
    const matrix = await model.encodeDocument(texts, encoding);
    bar.advance('documents', texts.length);
    yield matrix;
  }
}
