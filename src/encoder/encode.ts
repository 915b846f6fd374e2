import { EmbeddingError } from '../errors.js';
import { Breaks } from '../event-loop.js';
import { joinRows, type RowPlace } from '../sparse/join-rows.js';
import { keepMaxActiveDims } from '../sparse/max-active-dims.js';
import { normalizeRows } from '../sparse/normalize-rows.js';
import { RowError } from '../sparse/row-error.js';
import { rowOf, type SparseRow } from '../sparse/row.js';
import { emptyMatrix } from '../sparse/select-rows.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import type { TokenizerInput } from '../tokenizer/tokenizer.js';
import { untilAborted } from '../until-aborted.js';
import { type Batch, batchesByLength } from './batches.js';
import type { ResolvedEncodeOptions } from './encode-options.js';
import type { BatchFacts, TokenBatch } from './inference.js';
import type { Batches, TokenizedText } from './joined-batches.js';
import { takeStream } from './texts.js';
import { windowsOf } from './windows.js';

/** How to compute embeddings of texts. */
export interface Encoding extends ResolvedEncodeOptions {
  readonly batches: Batches;
  /** Computes the tokens of each text. */
  tokenize(texts: readonly TokenizerInput[]): Promise<readonly TokenizedText[]>;
  /** Combines the tokens of some texts into one batch. */
  readonly pad: (texts: readonly TokenizedText[]) => TokenBatch;
  readonly facts: BatchFacts;
  /** Number of dimensions of an embedding, for input without texts. */
  readonly columns: number;
  /** Called after each batch with the number of texts done. */
  readonly onBatch?: ((texts: number) => void) | undefined;
}

/** Texts that are tokenized before other work of this thread can run and the signal is checked again. */
const TOKENIZED_AT_A_TIME = 64;

/**
 * The embeddings of texts that have been checked, one row per text, in order.
 *
 * @throws EmbeddingError that names the text for which the model gave an invalid embedding
 */
export async function encodeTexts(
  texts: readonly TokenizerInput[],
  encoding: Encoding,
): Promise<SparseMatrix> {
  if (texts.length === 0) return emptyMatrix(0, encoding.columns, 0);
  const tokens: TokenizedText[] = [];
  const breaks = new Breaks();
  for (let begin = 0; begin < texts.length; begin += TOKENIZED_AT_A_TIME) {
    encoding.signal?.throwIfAborted();
    const some = await encoding.tokenize(texts.slice(begin, begin + TOKENIZED_AT_A_TIME));
    for (const [index, { isCut }] of some.entries()) if (isCut === true) encoding.onTruncate?.(begin + index);
    tokens.push(...some);
    await breaks.take();
  }
  const batches = batchesByLength(
    tokens.map(({ ids }) => ids.length),
    encoding.batchSize,
  );
  const places: RowPlace[] = Array.from({ length: texts.length });
  const start = (batch: Batch | undefined): Promise<SparseMatrix> | undefined => {
    encoding.signal?.throwIfAborted();
    const started =
      batch &&
      embedBatch(
        batch.map((index) => tokens[index] as TokenizedText),
        encoding,
      );
    // Awaited later, or never if earlier work fails.
    started?.catch(() => undefined);
    return started;
  };
  // While one batch is computed, the embeddings of the previous one are extracted.
  let next = start(batches[0]);
  try {
    for (const [index, batch] of batches.entries()) {
      const current = next;
      next = start(batches[index + 1]);
      const matrix = (await current?.catch(naming(batch))) as SparseMatrix;
      encoding.signal?.throwIfAborted();
      for (const [row, text] of batch.entries()) places[text] = { matrix, row };
      encoding.onBatch?.(batch.length);
    }
  } finally {
    // If the loop ended early, nothing must go on in the background.
    await next?.catch(() => undefined);
  }
  return await joinRows(places, places[0]?.matrix.columns ?? encoding.columns);
}

/** Names the text of a faulty row. */
function naming(batch: Batch): (error: unknown) => never {
  return (error) => {
    const text = error instanceof RowError ? batch[error.row] : undefined;
    if (!(error instanceof RowError) || text === undefined) throw error;
    const { maker = 'the model', fault } = error;
    throw new EmbeddingError(text, `${maker} gave an invalid embedding for it: ${fault}`, { cause: error });
  };
}

async function embedBatch(texts: readonly TokenizedText[], encoding: Encoding): Promise<SparseMatrix> {
  const { batches, maxActiveDims, normalize } = encoding;
  const all = await batches.embed(texts, encoding);
  const kept = maxActiveDims === null ? all : keepMaxActiveDims(all, maxActiveDims);
  return normalize ? normalizeRows(kept) : kept;
}

/** The most batches whose texts are sorted by length together in a stream. */
const BATCHES_AT_A_TIME = 32;

/**
 * The embeddings of texts that arrive one by one, in their order. The first ones are ready after one batch, and no text
 * waits long for others. It holds at most the embeddings of 32 batches.
 *
 * @throws EmbeddingError that names the text for which the model gave an invalid embedding, after all earlier
 *   embeddings
 */
export async function* encodeStream(
  texts: Iterable<TokenizerInput> | AsyncIterable<TokenizerInput>,
  encoding: Encoding,
): AsyncGenerator<SparseRow> {
  const { batchSize, signal } = encoding;
  const sizes = { first: batchSize, largest: BATCHES_AT_A_TIME * batchSize };
  let begin = 0;
  for await (const window of windowsOf(takeStream(texts), sizes, signal)) {
    const first = begin;
    const onTruncate = encoding.onTruncate && ((text: number) => encoding.onTruncate?.(first + text));
    const called = { ...encoding, ...(onTruncate && { onTruncate }) };
    const { matrix, failure } = await untilAborted(encodeUntilFailure(window, called), signal);
    begin += window.length;
    for (let row = 0; row < matrix.rows; row++) yield rowOf(matrix, row);
    if (failure !== undefined) throw failure.at(first + failure.text);
  }
}

/** The embeddings before the first text for which the model gives an invalid one, and the error for that text. */
async function encodeUntilFailure(
  texts: readonly TokenizerInput[],
  encoding: Encoding,
): Promise<{ readonly matrix: SparseMatrix; readonly failure?: EmbeddingError }> {
  try {
    return { matrix: await encodeTexts(texts, encoding) };
  } catch (error) {
    if (!(error instanceof EmbeddingError)) throw error;
    // Batches are sorted by length, so an earlier text may fail, too. The callbacks were already called the first time.
    const { onTruncate: _, onBatch: __, ...quiet } = encoding;
    return { failure: error, ...(await encodeUntilFailure(texts.slice(0, error.text), quiet)) };
  }
}
