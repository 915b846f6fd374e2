import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import type { EmbeddingModel, Features, SimilarityName } from '../features.js';
import { fromOneVersion } from '../files/folder/one-version.js';
import { SENTENCE_TRANSFORMERS_CONFIG_FILE } from '../files/folder/sentence-transformers-config.js';
import { Lifetime } from '../lifetime.js';
import { seededDropout } from '../modules/dropout.js';
import type { Module } from '../modules/module.js';
import { tellEmbedding } from '../observed-embeddings.js';
import type { RandomPart } from '../ops/mini-batch-loop.js';
import { decode, type TokenWeight } from '../sparse/decode.js';
import type { Comparable } from '../sparse/dense-rows.js';
import { intersection } from '../sparse/intersection.js';
import type { SparseRow } from '../sparse/row.js';
import { sparsePairwiseSimilarity, sparseSimilarityRows } from '../sparse/similarity.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { sparsity } from '../sparse/sparsity.js';
import { hasState } from '../state/recorded-state.js';
import type { Tokenizer, TokenizerInput } from '../tokenizer/tokenizer.js';
import { untilAborted } from '../until-aborted.js';
import { checkModules } from './check-modules.js';
import { chunkSizeOf, setChunkSize } from './chunk-size.js';
import { type EncodeCall, encodeCall, encodingOf } from './encode-call.js';
import { type EncodeOptions, withProgress } from './encode-options.js';
import { encodeStream, encodeTexts, type Encoding } from './encode.js';
import type { EncoderParts } from './encoder-parts.js';
import { exportedEmbedder, requireWeights } from './exported/exported-embedder.js';
import { type Embedder, forwardThrough, Inference } from './inference.js';
import { JoinedBatches, whileAlive } from './joined-batches.js';
import { loadModel } from './load.js';
import { locateModel } from './locate.js';
import { modelCard } from './model-card.js';
import { dimensionOf, disposeModules, leavesOf, namedParameters } from './module-tree.js';
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
import { warnIfSlow } from './slow-engine.js';
import {
  checkedLimit,
  featuresOf,
  longestText,
  textInput,
  textInputs,
  resolveTextOptions,
  type TextOptions,
  tokenIdsOf,
} from './text-input.js';
import { takeTexts, type Texts } from './texts.js';

/**
 * A sparse text encoder: SPLADE, CSR or inference-free. It reads and writes the folders of sentence-transformers, and
 * is the model of every loss.
 */
export class SparseEncoder implements EmbeddingModel, EncoderSettings {
  static readonly sparsity = sparsity;
  static readonly intersection = intersection;
  readonly modules: readonly Module[];
  /** Prompts by name. `encodeQuery` and `encodeDocument` use `query` and `document`. */
  prompts: Map<string, string>;
  defaultPromptName: string | null;
  /** The most active dimensions of an embedding; null means no limit. */
  maxActiveDims: number | null;
  similarityFnName: SimilarityName;
  /** In mode `train`, `forward` applies dropout and counts dead latents. `encode` does neither in any mode. */
  mode: 'train' | 'eval' = 'eval';
  /**
   * Whether gradients compute the layers of a transformer again instead of keeping what these have computed: less memory
   * for more time. Only mode `train` heeds it.
   */
  gradientCheckpointing = false;
  /** The random numbers of mode `train`. */
  readonly dropout = seededDropout(0);
  readonly #parts: EncoderParts;
  readonly #embedder: Embedder;
  readonly #batches: JoinedBatches;
  /** @internal */
  readonly lifetime = new Lifetime('a SparseEncoder');
  #maxSeqLength: number | undefined;

  private constructor(parts: EncoderParts, settings: EncoderSettings, embedder?: Embedder) {
    this.#parts = parts;
    this.modules = parts.modules;
    this.prompts = settings.prompts;
    this.defaultPromptName = settings.defaultPromptName;
    this.maxActiveDims = settings.maxActiveDims;
    this.similarityFnName = settings.similarityFnName;
    this.#embedder = embedder ?? new Inference(this.modules);
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
    const parts = { ...(await loadModel(folder)), origin: originOf(folder) };
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
   * Passes features through all modules, with gradients if they are requested, on tfjs's backend, which `setEngine`
   * chooses. The caller disposes the added features.
   */
  forward(features: Features): Features {
    requireWeights('forward', this.#embedder, this.lifetime);
    warnIfSlow();
    const { mode, dropout } = this;
    const gradientCheckpointing = mode === 'train' && this.gradientCheckpointing;
    const result = forwardThrough(this.modules, features, { mode, dropout, gradientCheckpointing });
    tellEmbedding(result.sentenceEmbedding);
    return result;
  }

  /**
   * Every parameter by its name in the reference, in the reference's order, as in `model.named_parameters()`. Counters
   * are not included. (Parameters of GTE, whose matrices transformers splits, have their names in the file.) Training
   * changes the trainable ones. After this call `encode` reads all parameters again each time, so it also notices
   * optimizers that write to arrays in place. (If a parameter is taken from a module without this call, only
   * assignments are noticed.)
   */
  namedParameters(): [string, tf.Variable][] {
    requireWeights('namedParameters', this.#embedder, this.lifetime);
    if (this.#embedder instanceof Inference) this.#embedder.thaw();
    return namedParameters(this.modules);
  }

  /**
   * The variables that training changes: parameters that are not frozen and that embeddings depend on, so not a pooler.
   */
  trainableVariables(): tf.Variable[] {
    this.namedParameters();
    return leavesOf(this.modules).flatMap(({ module }) => module.parameters.trainable());
  }

  captureRandomState(): () => void {
    this.lifetime.require('captureRandomState');
    return this.dropout.capture();
  }

  withRandomPart<T>(part: RandomPart, run: () => T): T {
    this.lifetime.require('withRandomPart');
    return this.dropout.inPart(part, run);
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

  /** For a Router, the tokenizer of its first route. */
  get tokenizer(): Tokenizer {
    this.lifetime.require('tokenizer');
    return textInputs(this.modules, undefined)[0].tokenizer;
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
   * The `chunkSize` of the first SpladePooling, also inside a Router; null without one. Setting it sets all of them.
   */
  get spladePoolingChunkSize(): number | null {
    this.lifetime.require('spladePoolingChunkSize');
    return chunkSizeOf(this.modules);
  }

  set spladePoolingChunkSize(tokens: number | null) {
    this.lifetime.require('spladePoolingChunkSize');
    setChunkSize(this.modules, tokens);
  }

  /** Number of dimensions of an embedding; undefined if no module knows it. */
  get dimension(): number | undefined {
    this.lifetime.require('dimension');
    return dimensionOf(this.modules);
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
