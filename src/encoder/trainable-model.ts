import type * as tf from '@tensorflow/tfjs';
import { aWholeNumber, checkArguments } from '../arguments.js';
import type { EmbeddingModel, Features } from '../features.js';
import { Lifetime } from '../lifetime.js';
import { seededDropout } from '../modules/dropout.js';
import type { LoraOptions } from '../modules/lora/lora-config.js';
import type { Module } from '../modules/module.js';
import { tellEmbedding } from '../observed-embeddings.js';
import type { RandomPart } from '../ops/mini-batch-loop.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { adaptedIn, addAdapter, mergeAdapter } from './adapters.js';
import { chunkSizeOf, setChunkSize } from './chunk-size.js';
import { requireWeights } from './exported/exported-embedder.js';
import { type Embedder, forwardThrough, Inference } from './inference.js';
import { dimensionOf, leavesOf, namedParameters } from './module-tree.js';
import { warnIfSlow } from './slow-engine.js';
import { textInputs } from './text-input.js';

/** The part of a SparseEncoder that losses and the trainer use: its modules, their parameters and what they compute. */
export abstract class TrainableModel implements EmbeddingModel {
  readonly modules: readonly Module[];
  /** In mode `train`, `forward` applies dropout and counts dead latents. `encode` does neither in any mode. */
  mode: 'train' | 'eval' = 'eval';
  /**
   * Whether gradients compute the layers of a transformer again instead of keeping what these have computed: less memory
   * for more time. Only mode `train` heeds it.
   */
  gradientCheckpointing = false;
  /** The random numbers of mode `train`. */
  readonly dropout = seededDropout(0);
  /** @internal */
  readonly lifetime = new Lifetime('a SparseEncoder');
  readonly #embedder: Embedder;

  protected constructor(modules: readonly Module[], embedder: Embedder) {
    this.modules = modules;
    this.#embedder = embedder;
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

  /**
   * Adds an adapter (LoRA) to the linear layers of the transformer, as the reference does through peft, and freezes the
   * transformer's own parameters. From now on `save` writes the adapter alone, in peft's format, with the name of the
   * folder or model id that the transformer was loaded from, and refuses if its own weights have changed since then.
   *
   *     encoder.addAdapter({ r: 16, loraAlpha: 32, targetModules: 'all-linear' });
   *
   * @param seed of the adapter's initial numbers
   * @throws OptionError if an option is unknown or of the wrong type, or a target module fits no linear layer
   * @throws UsageError if there is no transformer, it already has an adapter, or the model was exported
   */
  addAdapter(options: LoraOptions = {}, seed = 0): void {
    this.#changeAdapter('addAdapter', () => {
      checkArguments('addAdapter', { seed: aWholeNumber }, { seed });
      addAdapter(this.modules, options, seed);
    });
  }

  /**
   * Makes the adapter part of the weights, so that the model is one without an adapter, and thaws what `addAdapter` has
   * frozen.
   *
   * @throws UsageError if there is no adapter, or the model was exported
   */
  mergeAdapter(): void {
    this.#changeAdapter('mergeAdapter', () => mergeAdapter(this.modules));
  }

  /** Whether the transformer has an adapter. */
  get hasAdapter(): boolean {
    this.lifetime.require('hasAdapter');
    return adaptedIn(this.modules) !== undefined;
  }

  #changeAdapter(asked: string, change: () => void): void {
    requireWeights(asked, this.#embedder, this.lifetime);
    change();
    if (this.#embedder instanceof Inference) this.#embedder.renew();
  }

  captureRandomState(): () => void {
    this.lifetime.require('captureRandomState');
    return this.dropout.capture();
  }

  withRandomPart<T>(part: RandomPart, run: () => T): T {
    this.lifetime.require('withRandomPart');
    return this.dropout.inPart(part, run);
  }

  /** For a Router, the tokenizer of its first route. */
  get tokenizer(): Tokenizer {
    this.lifetime.require('tokenizer');
    return textInputs(this.modules, undefined)[0].tokenizer;
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
}
