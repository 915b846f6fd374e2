import { availableParallelism } from 'node:os';
import { anObject, checkArguments } from '../../arguments.js';
import { OptionError } from '../../errors.js';
import { fromOneVersion } from '../../files/folder/one-version.js';
import { Lifetime } from '../../lifetime.js';
import { countFrom, numberFrom, type OptionRules, resolveGiven, resolveOptions } from '../../options.js';
import { emptyMatrix } from '../../sparse/select-rows.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { type EncodeOptions, resolveEncodeOptions, withProgress } from '../encode-options.js';
import { PATH_OR_ID, locateModel } from '../locate.js';
import { LOAD_RULES, type LoadOptions } from '../settings.js';
import { takeTexts, type Texts } from '../texts.js';
import { EncodeRequest } from './encode-request.js';
import { EncodingThread } from './encoding-thread.js';
import type { EncodeMethod, ThreadData } from './messages.js';
import { PoolQueue } from './pool-queue.js';

export interface PoolOptions {
  /** Threads for encoding, each with its own copy of the model in memory. Default 1. */
  readonly workers?: number;
  /** The most texts that go through the model together. Default 32. */
  readonly maxBatch?: number;
  /**
   * How long a free worker waits for a batch to fill, in milliseconds. Default 0: it starts with the texts that are
   * there.
   */
  readonly maxWaitMs?: number;
}

/** Options of `encode`, except the batch size, which the pool determines. */
export type PoolEncodeOptions = Omit<EncodeOptions, 'batchSize' | 'onTruncate'>;

const OPTIONS = anObject('an object');

const RULES: OptionRules<Required<PoolOptions>> = {
  workers: countFrom(1, 1),
  maxBatch: countFrom(1, 32),
  maxWaitMs: numberFrom(0, 0),
};

/**
 * Encodes in worker threads, so that the caller's thread stays free, and combines the texts of concurrent calls into
 * batches. It is for servers, where single texts arrive in many requests. If a worker ends unexpectedly, for example
 * for lack of memory, its calls fail, and it is not replaced.
 *
 * @example
 * const pool = await EncoderPool.load('fixtures/models/splade-bert', { workers: 1, maxBatch: 32 });
 * const embeddings = await Promise.all(['a sword', 'a cloud'].map((text) => pool.encodeQuery(text)));
 * await pool.dispose();
 */
export class EncoderPool {
  readonly #dimension: number | undefined;
  readonly #queue: PoolQueue;
  readonly #lifetime = new Lifetime('an EncoderPool');

  private constructor(queue: PoolQueue, dimension: number | undefined) {
    this.#queue = queue;
    this.#dimension = dimension;
  }

  /**
   * Number of dimensions of an embedding; undefined if no module knows it.
   *
   * @throws UsageError after `dispose`
   */
  get dimension(): number | undefined {
    this.#lifetime.require('dimension');
    return this.#dimension;
  }

  /**
   * Opens a model in each worker: a folder, or a model id as for `SparseEncoder.load`. The processor's cores are
   * divided among the workers.
   *
   * @param options the options of the pool and of `SparseEncoder.load`
   * @throws OptionError if an option is unknown or of the wrong type
   * @throws the errors of `SparseEncoder.load`
   */
  static async load(pathOrId: string, options: PoolOptions & LoadOptions = {}): Promise<EncoderPool> {
    checkArguments('EncoderPool.load', { pathOrId: PATH_OR_ID }, { pathOrId });
    resolveOptions('EncoderPool.load', { ...RULES, ...LOAD_RULES }, options);
    const { workers, maxBatch, maxWaitMs, ...given } = options;
    const pool = resolveOptions('EncoderPool.load', RULES, { workers, maxBatch, maxWaitMs });
    const threads =
      pool.workers === 1 ? null : Math.max(1, Math.floor(availableParallelism() / pool.workers));
    const loading = resolveGiven<LoadOptions>('EncoderPool.load', LOAD_RULES, given);
    const { signal, onDownload: _, ...plain } = loading;
    // Once for all threads, since neither a signal nor a function can be passed to a thread.
    const started = await fromOneVersion(
      () => locateModel(pathOrId, loading),
      (path) => openThreads({ path, options: plain, threads }, pool.workers, signal),
      terminate,
    );
    return new EncoderPool(new PoolQueue(started, pool), started[0]?.dimension);
  }

  /**
   * The embeddings of texts, one row per text, in order, as from `SparseEncoder.encode`. If `signal` aborts, the call
   * ends at once, and its waiting texts are not computed.
   *
   * @throws InputError that names a text that is not a string
   * @throws OptionError
   * @throws UsageError after `dispose`
   * @throws the signal's reason
   */
  encode(texts: Texts, options: PoolEncodeOptions = {}): Promise<SparseMatrix> {
    return this.#encode('encode', texts, options);
  }

  /** `encode` for queries, as `SparseEncoder.encodeQuery`. */
  encodeQuery(texts: Texts, options: PoolEncodeOptions = {}): Promise<SparseMatrix> {
    return this.#encode('encodeQuery', texts, options);
  }

  /** `encode` for documents, as `SparseEncoder.encodeDocument`. */
  encodeDocument(texts: Texts, options: PoolEncodeOptions = {}): Promise<SparseMatrix> {
    return this.#encode('encodeDocument', texts, options);
  }

  async #encode(method: EncodeMethod, texts: Texts, options: PoolEncodeOptions): Promise<SparseMatrix> {
    const list = takeTexts(texts);
    checkOptions(options);
    const { signal, onProgress, showProgressBar = false, ...given } = options;
    signal?.throwIfAborted();
    return await this.#lifetime.use(method, async () => {
      if (list.length === 0) return emptyMatrix(0, this.#dimension ?? 0, 0);
      return await withProgress(
        list.length,
        { showProgressBar, ...(onProgress && { onProgress }) },
        (onBatch) => this.#queue.embed(new EncodeRequest(method, list, given), onBatch, signal),
      );
    });
  }

  /** Ends the threads when the running calls have ended. Later calls are refused. */
  dispose(): Promise<void> {
    return this.#lifetime.end(() => this.#queue.terminate());
  }
}

/** @throws OptionError if an option is unknown or of the wrong type; the model checks them further in its thread */
function checkOptions(options: PoolEncodeOptions): void {
  checkArguments('encode of an EncoderPool', { options: OPTIONS }, { options });
  if ('batchSize' in options) {
    throw new OptionError('encode of an EncoderPool has no option "batchSize"; it is the pool\'s maxBatch');
  }
  if ('onTruncate' in options) {
    throw new OptionError(
      'encode of an EncoderPool has no option "onTruncate"; encode of a SparseEncoder has',
    );
  }
  resolveEncodeOptions(options, null);
}

async function openThreads(
  data: ThreadData,
  workers: number,
  signal: AbortSignal | undefined,
): Promise<EncodingThread[]> {
  const opened = await Promise.allSettled(
    Array.from({ length: workers }, () => EncodingThread.open(data, signal)),
  );
  const started = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const refused = opened.find((each) => each.status === 'rejected');
  if (refused === undefined) return started;
  await terminate(started);
  throw refused.reason;
}

async function terminate(threads: readonly EncodingThread[]): Promise<void> {
  await Promise.all(threads.map((thread) => thread.terminate()));
}
