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
  /** Threads that encode, each with a model of its own in memory. Default 1. */
  readonly workers?: number;
  /** Most texts that go through the model together. Default 32. */
  readonly maxBatch?: number;
  /** How long a free worker waits for a batch to fill, in milliseconds. Default 0: it takes what is there. */
  readonly maxWaitMs?: number;
}

/** Options of `encode`; the size of batches is the pool's. */
export type PoolEncodeOptions = Omit<EncodeOptions, 'batchSize' | 'onTruncate'>;

const OPTIONS = anObject('an object');

const RULES: OptionRules<Required<PoolOptions>> = {
  workers: countFrom(1, 1),
  maxBatch: countFrom(1, 32),
  maxWaitMs: numberFrom(0, 0),
};

/**
 * Encodes in worker threads, so that the thread of the caller stays free, and joins the texts of concurrent calls into
 * batches. For servers, where single texts come from many requests. A worker that ends by itself, as for want of memory,
 * fails the calls it was working for and is not replaced.
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
   * Number of dimensions of an embedding; undefined where no module says it.
   *
   * @throws UsageError after `dispose`
   */
  get dimension(): number | undefined {
    this.#lifetime.require('dimension');
    return this.#dimension;
  }

  /**
   * Opens a model in each worker: a folder, or a model id as `SparseEncoder.load` takes it. The processor's cores are
   * shared out to the workers.
   *
   * @param options of the pool, and those of `SparseEncoder.load`
   * @throws OptionError for options that are unknown or of the wrong kind
   * @throws what `SparseEncoder.load` throws
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
    // Once for all threads, to which neither a signal nor a function can go.
    const started = await fromOneVersion(
      () => locateModel(pathOrId, loading),
      (path) => openThreads({ path, options: plain, threads }, pool.workers, signal),
      terminate,
    );
    return new EncoderPool(new PoolQueue(started, pool), started[0]?.dimension);
  }

  /**
   * The embeddings of texts, one row each, in their order; as `SparseEncoder.encode`. Where `signal` aborts, the call
   * ends at once, and its texts that wait are not computed.
   *
   * @throws InputError naming a text that is not a string
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

  /** Ends the threads after the calls that are running; later calls are refused. */
  dispose(): Promise<void> {
    return this.#lifetime.end(() => this.#queue.terminate());
  }
}

/** @throws OptionError for options that are unknown or of the wrong kind; what the model says to them shows in its thread */
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
