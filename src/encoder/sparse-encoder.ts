import { join } from 'node:path';
import type { Features, SimilarityName } from '../features.js';
import { fromOneVersion } from '../files/folder/one-version.js';
import { SENTENCE_TRANSFORMERS_CONFIG_FILE } from '../files/folder/sentence-transformers-config.js';
import type { Module } from '../modules/module.js';
import { decode, type TokenWeight } from '../sparse/decode.js';
import type { Comparable } from '../sparse/dense-rows.js';
import { intersection } from '../sparse/intersection.js';
import type { SparseRow } from '../sparse/row.js';
import { sparsePairwiseSimilarity, sparseSimilarityRows } from '../sparse/similarity.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { sparsity } from '../sparse/sparsity.js';
import { hasState } from '../state/recorded-state.js';
import type { TokenizerInput } from '../tokenizer/tokenizer.js';
import { untilAborted } from '../until-aborted.js';
import { checkModules } from './check-modules.js';
import { type EncodeCall, encodeCall, encodingOf } from './encode-call.js';
import { type EncodeOptions, withProgress } from './encode-options.js';
import { encodeStream, encodeTexts, type Encoding } from './encode.js';
import type { EncoderParts } from './encoder-parts.js';
import { exportedEmbedder, requireWeights } from './exported/exported-embedder.js';
import type { PushOptions } from './hub/push-options.js';
import { pushSaved } from './hub/push.js';
import { type Embedder, Inference } from './inference.js';
import { JoinedBatches, whileAlive } from './joined-batches.js';
import { loadModel } from './load.js';
import { locateModel } from './locate.js';
import { modelCard } from './model-card.js';
import { disposeModules } from './module-tree.js';
import { type Origin, originOf } from './origin.js';
import { type ModelToSave, saveModel, type SaveOptions } from './save.js';
import {
  type EncoderSettings,
  type LoadOptions,
  readSettings,
  resolveLoadOptions,
  resolveSettingOptions,
  type SparseEncoderOptions,
  writeSettings,
} from './settings.js';
import {
  checkedLimit,
  featuresOf,
  longestText,
  textInput,
  resolveTextOptions,
  type TextOptions,
  tokenIdsOf,
} from './text-input.js';
import { takeTexts, type Texts } from './texts.js';
import { TrainableModel } from './trainable-model.js';

/**
 * A sparse text encoder: SPLADE, CSR or inference-free. It reads and writes the folders of sentence-transformers, and
 * is the model of every loss.
 */
export class SparseEncoder extends TrainableModel implements EncoderSettings {
  static readonly sparsity = sparsity;
  static readonly intersection = intersection;
  /** Prompts by name. `encodeQuery` and `encodeDocument` use `query` and `document`. */
  prompts: Map<string, string>;
  defaultPromptName: string | null;
  /** The most active dimensions of an embedding; null means no limit. */
  maxActiveDims: number | null;
  similarityFnName: SimilarityName;
  readonly #parts: EncoderParts;
  readonly #embedder: Embedder;
  readonly #batches: JoinedBatches;
  #maxSeqLength: number | undefined;

  private constructor(parts: EncoderParts, settings: EncoderSettings, embedder?: Embedder) {
    const ownEmbedder = embedder ?? new Inference(parts.modules);
    super(parts.modules, ownEmbedder);
    this.#parts = parts;
    this.prompts = settings.prompts;
    this.defaultPromptName = settings.defaultPromptName;
    this.maxActiveDims = settings.maxActiveDims;
    this.similarityFnName = settings.similarityFnName;
    this.#embedder = ownEmbedder;
    this.#batches = new JoinedBatches(this.#embedder);
    hasState(this);
  }

  /**
   * Loads a model from a folder, or by a model id, which is looked up in the local hub cache and downloaded if
   * necessary.
   *
   * @throws InputError, DownloadError if there is no such model; OptionError if an option is unknown, or the model does
   *   not support it
   * @throws ModelFileError that names the file and what is wrong with it
   * @throws the signal's reason
   */
  static async load(pathOrId: string, options: LoadOptions = {}): Promise<SparseEncoder> {
    const resolved = resolveLoadOptions(options);
    return await fromOneVersion(
      () => locateModel(pathOrId, resolved),
      (folder) => SparseEncoder.#open(folder, resolved),
      (encoder) => encoder.dispose(),
    );
  }

  static async #open(
    folder: string,
    resolved: ReturnType<typeof resolveLoadOptions>,
  ): Promise<SparseEncoder> {
    const parts = { ...(await loadModel(folder, resolved)), origin: originOf(folder) };
    try {
      resolved.signal?.throwIfAborted();
      const file = join(folder, SENTENCE_TRANSFORMERS_CONFIG_FILE);
      const settings = readSettings(parts, resolved, file);
      return new SparseEncoder(parts, settings, await exportedEmbedder(folder, parts));
    } catch (error) {
      disposeModules(parts.modules);
      throw error;
    }
  }

  /**
   * An encoder made of modules in this order. The first one takes the texts: a Transformer of `loadTransformer`, a
   * `sparseStaticEmbedding`, or a Router. The encoder owns the modules from now on and disposes them.
   *
   * @throws InputError if `modules` is not a list of modules
   * @throws UsageError if a module does not accept the output of the one before it
   * @throws OptionError if an option is unknown, or the model does not support it
   */
  static fromModules(modules: readonly Module[], options: SparseEncoderOptions = {}): SparseEncoder {
    const place = 'SparseEncoder.fromModules';
    const settings = resolveSettingOptions(place, options);
    checkModules(modules, place);
    const parts = { modules: [...modules], config: {}, readme: undefined };
    return new SparseEncoder(parts, readSettings(parts, settings, place));
  }

  /**
   * The embeddings of texts, one row per text, in order. Texts are truncated to `maxSeqLength` tokens. A pair of texts
   * ([a, b]) is encoded as one sequence.
   *
   * @throws InputError that names a text that is not a string
   * @throws EmbeddingError that names the text for which the model computed NaN or an infinity
   * @throws OptionError
   * @throws the signal's reason
   */
  async encode(texts: Texts, options: EncodeOptions = {}): Promise<SparseMatrix> {
    return await this.#encode('encode', texts, encodeCall(this, options));
  }

  /** `encode` for queries: with the prompt `query`, through a Router's route `query`. */
  async encodeQuery(texts: Texts, options: EncodeOptions = {}): Promise<SparseMatrix> {
    return await this.#encode('encodeQuery', texts, encodeCall(this, options, 'query'));
  }

  /** `encode` for documents: with the prompt `document`, through a Router's route `document`. */
  async encodeDocument(texts: Texts, options: EncodeOptions = {}): Promise<SparseMatrix> {
    return await this.#encode('encodeDocument', texts, encodeCall(this, options, 'document'));
  }

  /**
   * `encode` for an input that may never end: it takes texts as needed and yields an embedding for each, in order. It
   * holds a few batches at a time.
   */
  async *encodeStream(
    texts: Iterable<TokenizerInput> | AsyncIterable<TokenizerInput>,
    options: EncodeOptions = {},
  ): AsyncGenerator<SparseRow> {
    const call = encodeCall(this, options);
    let done = 0;
    const onBatch = (count: number): void => call.options.onProgress?.((done += count), undefined);
    const rest = { onBatch, batches: whileAlive(this.#batches, this.lifetime) };
    yield* encodeStream(texts, await this.#encoding('encodeStream', call, rest));
  }

  async #encode(asked: string, texts: Texts, call: EncodeCall): Promise<SparseMatrix> {
    const taken = takeTexts(texts);
    const work = this.lifetime.use(asked, () =>
      withProgress(taken.length, call.options, async (onBatch) =>
        encodeTexts(taken, await this.#encoding(asked, call, { onBatch, batches: this.#batches })),
      ),
    );
    return await untilAborted(work, call.options.signal);
  }

  async #encoding(
    asked: string,
    call: EncodeCall,
    rest: Pick<Encoding, 'batches' | 'onBatch'>,
  ): Promise<Encoding> {
    return await encodingOf(call, this.#input(asked, call.options.task), rest);
  }

  #input(asked: string, task?: string): ReturnType<typeof textInput> {
    this.lifetime.require(asked);
    return textInput(this.modules, task, this.#maxSeqLength);
  }

  /**
   * The features of texts for `forward`, padded to the longest. The caller disposes the tensors.
   *
   * @throws InputError that names a text that is not a string
   * @throws OptionError if a processingKwarg is unknown or of the wrong type
   */
  async preprocess(texts: readonly TokenizerInput[], options: TextOptions = {}): Promise<Features> {
    const given = resolveTextOptions('preprocess', options);
    return await featuresOf(texts, given, this.#input('preprocess', given.task));
  }

  /** The model's token ids of each text. */
  async tokenize(
    texts: readonly TokenizerInput[],
    options: TextOptions = {},
  ): Promise<(readonly number[])[]> {
    const given = resolveTextOptions('tokenize', options);
    return await tokenIdsOf(texts, given, this.#input('tokenize', given.task));
  }

  /** The same encoder for another user, or with another embedder; not to be disposed. @internal */
  withEmbedder(embedder = this.#embedder): SparseEncoder {
    const other = new SparseEncoder(this.#parts, this, embedder);
    other.#maxSeqLength = this.#maxSeqLength;
    return other;
  }

  /**
   * a [n, d], b [m, d] -> n rows of m similarities, by `similarityFnName`. Either may be dense: n rows of d numbers.
   */
  similarity(a: Comparable, b: Comparable): Float32Array[] {
    this.lifetime.require('similarity');
    return sparseSimilarityRows(this.similarityFnName, a, b);
  }

  /** a [n, d], b [n, d] -> [n]. Either may be dense: n rows of d numbers. */
  similarityPairwise(a: Comparable, b: Comparable): Float32Array {
    this.lifetime.require('similarityPairwise');
    return sparsePairwiseSimilarity(this.similarityFnName, a, b);
  }

  /** The tokens of each row with their weights, the largest first; at most `topK` of them. */
  decode(embeddings: SparseMatrix, topK?: number): TokenWeight[][] {
    this.lifetime.require('decode');
    return decode(embeddings, this.tokenizer, topK);
  }

  /**
   * The longest text of all routes in tokens. Setting it limits transformers; static embeddings keep their tokenizer's
   * limit.
   */
  get maxSeqLength(): number {
    this.lifetime.require('maxSeqLength');
    return longestText(this.modules, this.#maxSeqLength);
  }

  set maxSeqLength(tokens: number) {
    this.lifetime.require('maxSeqLength');
    this.#maxSeqLength = checkedLimit(tokens);
  }

  /**
   * Writes the model as a folder that sentence-transformers can open.
   *
   * @throws OptionError if an option is unknown or of the wrong type
   * @throws UsageError if the folder exists and `overwrite` is not set
   */
  async save(folder: string, options: SaveOptions = {}): Promise<void> {
    requireWeights('save', this.#embedder, this.lifetime);
    await this.lifetime.use('save', () => saveModel(folder, this.contents(), options));
  }

  /**
   * Uploads the model with its card to the Hugging Face hub, as `pushFolder` does it.
   *
   * @returns the address of the commit, or of the pull request
   */
  async pushToHub(repoId: string, options: PushOptions = {}): Promise<string> {
    this.lifetime.require('pushToHub');
    return await pushSaved((folder) => this.save(folder), repoId, options);
  }

  /** What it was loaded from; undefined if it was made of modules. @internal */
  get origin(): Origin | undefined {
    return this.#parts.origin;
  }

  /** The contents of this model's folder. @internal */
  contents(): ModelToSave {
    return {
      modules: this.modules,
      kwargs: this.#parts.kwargs,
      config: writeSettings(this.#parts.config, this),
      readme: this.#parts.readme ?? modelCard(this),
      maxSeqLength: this.#maxSeqLength,
    };
  }

  /** Disposes sessions and parameters after the running calls and batches of streams. Later calls are refused. */
  async dispose(): Promise<void> {
    await this.lifetime.end(async () => {
      await this.#embedder.dispose();
      disposeModules(this.modules);
    });
  }
}
