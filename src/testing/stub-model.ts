import type { EncodeOptions } from '../encoder/encode-options.js';
import type { Texts } from '../encoder/texts.js';
import type { EvaluatedModel } from '../evaluators/evaluator.js';
import type { SimilarityName } from '../features.js';
import { sparseFromRows } from '../sparse/from-rows.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';

/** Embeddings as dense rows of equal length, by text. */
export type StubEmbeddings = Readonly<Record<string, readonly number[]>>;

/** A call of `encode`, `encodeQuery` or `encodeDocument`. */
export interface StubCall {
  readonly method: 'encode' | 'encodeQuery' | 'encodeDocument';
  readonly texts: readonly unknown[];
  readonly options: EncodeOptions;
}

/** A model whose texts have the given embeddings; it notes its calls. */
export function stubModel(
  embeddings: StubEmbeddings,
  similarityFnName: SimilarityName = 'dot',
): EvaluatedModel & { readonly calls: readonly StubCall[] } {
  const columns = Object.values(embeddings)[0]?.length ?? 1;
  const calls: StubCall[] = [];
  const rowOf = (text: unknown): [number, number][] => {
    const row = embeddings[String(text)];
    if (row === undefined) throw new Error(`the stub has no embedding of ${String(text)}`);
    return row.map((value, index) => [index, value]);
  };
  const by =
    (method: StubCall['method']) =>
    async (given: Texts, options: EncodeOptions = {}): Promise<SparseMatrix> => {
      const texts: readonly unknown[] = typeof given === 'string' ? [given] : given;
      calls.push({ method, texts, options });
      return sparseFromRows(texts.map(rowOf), columns);
    };
  return {
    similarityFnName,
    calls,
    encode: by('encode'),
    encodeQuery: by('encodeQuery'),
    encodeDocument: by('encodeDocument'),
  };
}
