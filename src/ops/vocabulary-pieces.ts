/** The terms begin, begin + 1, ... of a vocabulary. */
export interface Piece {
  readonly begin: number;
  readonly terms: number;
}

/**
 * The number of terms whose logits exist at a time: 62 MiB of logits for 32 texts of 256 tokens. Pieces of a batch's
 * texts would work too, but their number would depend on the batch, and one program could not serve every size.
 *
 * Measured with ONNX Runtime (one thread, 8 texts of 128 tokens, width 384, 30,522 terms; in parentheses one text of
 * 256 tokens), relative to all terms at once: pieces of 2,000 take 0.97 (1.06; 0.96 if the weights are constants) of
 * the time. Powers of two do worse: 2,048 take 1.05 (1.29), since rows of the logits then share the sets of a cache.
 */
export const TERMS_AT_A_TIME = 2000;

/** Each piece adds some nodes to a program, so many pieces make it slow to record and to load. */
const MAX_PIECES = 256;

/** Splits the vocabulary into consecutive pieces. */
export function vocabularyPieces(vocabulary: number, termsAtATime: number): Piece[] {
  const step = Math.min(vocabulary, Math.max(termsAtATime, Math.ceil(vocabulary / MAX_PIECES)));
  const count = Math.ceil(vocabulary / step);
  return Array.from({ length: count }, (_, index) => {
    const begin = index * step;
    return { begin, terms: Math.min(step, vocabulary - begin) };
  });
}
