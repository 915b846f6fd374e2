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

/** How texts become embeddings. */
export interface Encoding extends ResolvedEncodeOptions {
  readonly batches: Batches;
  /** The tokens of each text. */
  tokenize(texts: readonly TokenizerInput[]): Promise<readonly TokenizedText[]>;
  /** Tokens of some texts as one batch. */
  readonly pad: (texts: readonly TokenizedText[]) => TokenBatch;
  readonly facts: BatchFacts;
  /** Number of dimensions of an embedding, for input without texts. */
  readonly columns: number;
  /** Told after each batch how many texts are done. */
  readonly onBatch?: ((texts: number) => void) | undefined;
}

/** Texts that are tokenized before other work of this thread goes on and the signal is asked again. */
const TOKENIZED_AT_A_TIME = 64;

/**
 * The embeddings of texts, which were checked, one row each, in their order.
 *
 * @throws EmbeddingError naming the text of which the model made none
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
    // Awaited later, or not at all where the work before it fails.
    started?.catch(() => undefined);
    return started;
  };
  // While one batch is computed, the embeddings of the one before are taken out of theirs.
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
    // Where the loop ended early, nothing goes on behind the caller's back.
    await next?.catch(() => undefined);
  }
  return await joinRows(places, places[0]?.matrix.columns ?? encoding.columns);
}

/** Names the text that a faulty row belongs to. */
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

/** Most batches whose texts are sorted by length together when the input is a stream. */
const BATCHES_AT_A_TIME = 32;

/**
 * The embeddings of texts that come one by one, in their order. The first come after one batch, and no text waits long
 * for others; holds those of 32 batches at most.
 *
 * @throws EmbeddingError naming the text of which the model made none, after the embeddings of the texts before
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

/** The embeddings of the texts before the first of which the model makes none, and what is wrong with that one. */
async function encodeUntilFailure(
  texts: readonly TokenizerInput[],
  encoding: Encoding,
): Promise<{ readonly matrix: SparseMatrix; readonly failure?: EmbeddingError }> {
  try {
    return { matrix: await encodeTexts(texts, encoding) };
  } catch (error) {
    if (!(error instanceof EmbeddingError)) throw error;
    // Batches are sorted by length, so that a text before it may fail, too. Everything was told the first time.
    const { onTruncate: _, onBatch: __, ...quiet } = encoding;
    return { failure: error, ...(await encodeUntilFailure(texts.slice(0, error.text), quiet)) };
  }
}
