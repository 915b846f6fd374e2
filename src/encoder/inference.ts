import * as tf from '@tensorflow/tfjs';
import { elementsOf } from '../engine/arrays.js';
import { compile, type CompiledFunction } from '../engine/compile/compile.js';
import { sharedRuntime } from '../engine/runtime/runtime.js';
import { onEncodingEngine } from '../engine/set-engine.js';
import type { Features } from '../features.js';
import type { ForwardOptions, Module } from '../modules/module.js';
import { QuantizedMatrices } from '../ops/quantized-rows.js';
import { sparseFromDense } from '../sparse/from-dense.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { variablesOf } from './module-tree.js';

/** Token ids of a batch, each [texts, length] by rows. */
export interface TokenBatch {
  readonly texts: number;
  readonly length: number;
  readonly inputIds: Int32Array;
  readonly attentionMask: Int32Array;
  readonly tokenTypeIds?: Int32Array;
}

/** What the modules read of a batch besides its tokens. */
export interface BatchFacts {
  readonly task?: string;
  /** Tokens of the prompt that every text begins with. */
  readonly promptLength?: number;
  readonly maxActiveDims?: number;
}

/** What makes embeddings of token ids. */
export interface Embedder {
  /** One row each, in the order of the batch. */
  embed(batch: TokenBatch, facts: BatchFacts): Promise<SparseMatrix>;
  dispose(): Promise<void>;
}

/** Features through every module, in order. */
export function forwardThrough(
  modules: readonly Module[],
  features: Features,
  options: ForwardOptions,
): Features {
  return modules.reduce((current, module) => module.forward(current, options), features);
}

type Program = CompiledFunction<[tf.Tensor[], BatchFacts], tf.Tensor2D>;

/** The inputs of a program and their axes, in order. */
const INPUTS = ['inputIds', 'attentionMask', 'tokenTypeIds'] as const;
const AXES = ['batch', 'length'];

/**
 * Runs modules on token batches, on the engine that encodes. On the onnx engine each set of inputs is recorded once, as
 * one program for every batch size and length.
 */
export class Inference implements Embedder {
  private readonly modules: readonly Module[];
  private readonly variables: readonly tf.Variable[];
  private readonly programs = new Map<number, Program>();
  /** The data of each parameter as long as all stay what they are; undefined from when on they may change. */
  private frozen: ReadonlyMap<tf.Variable, object> | undefined;

  constructor(modules: readonly Module[]) {
    this.modules = modules;
    this.variables = variablesOf(modules);
    this.frozen = new Map(this.variables.map((variable) => [variable, variable.dataId]));
  }

  /**
   * From now on the parameters are read anew for each batch. Until then ONNX Runtime has them arranged for speed. A
   * variable that was assigned to is noticed without this; an array below one that was written to is not.
   */
  thaw(): void {
    if (this.frozen === undefined) return;
    this.frozen = undefined;
    void this.dispose();
  }

  async embed(batch: TokenBatch, facts: BatchFacts): Promise<SparseMatrix> {
    if (this.isAssigned()) this.thaw();
    const { inputs, run } = onEncodingEngine(() => {
      const made = INPUTS.flatMap((name) => {
        const elements = batch[name];
        return elements === undefined ? [] : [tf.tensor2d(elements, [batch.texts, batch.length], 'int32')];
      });
      return { inputs: made, run: this.program(made.length)(made, facts) };
    });
    let embeddings: tf.Tensor2D | undefined;
    try {
      embeddings = await run;
      const made = embeddings;
      // Without a copy where that is possible.
      const elements = onEncodingEngine(() => (tf.getBackend() === 'onnx' ? elementsOf(made) : made.data()));
      return sparseFromDense((await elements) as Float32Array, batch.texts, embeddings.shape[1]);
    } finally {
      embeddings?.dispose();
      tf.dispose(inputs);
    }
  }

  /** Every assignment to a variable gives it other data. */
  private isAssigned(): boolean {
    return [...(this.frozen ?? [])].some(([variable, dataId]) => variable.dataId !== dataId);
  }

  private program(inputs: number): Program {
    const known = this.programs.get(inputs);
    if (known !== undefined) return known;
    const isFrozen = this.frozen !== undefined;
    // Products of integers are the processor's: CUDA has them in other forms, WebGPU not at all.
    const quantized = isFrozen && sharedRuntime().isOnProcessor ? new QuantizedMatrices() : undefined;
    const made: Program = compile(
      (tensors: tf.Tensor[], { maxActiveDims, ...facts }: BatchFacts) => {
        const features: Features = { ...facts };
        tensors.forEach((tensor, index) => (features[INPUTS[index] as string] = tensor));
        return forwardThrough(this.modules, features, {
          mode: 'inference',
          ...(quantized !== undefined && { quantized }),
          ...(maxActiveDims !== undefined && { maxActiveDims }),
        }).sentenceEmbedding as tf.Tensor2D;
      },
      {
        name: 'encode',
        dimensions: Array.from({ length: inputs }, () => AXES),
        frozen: isFrozen,
        variables: this.variables,
      },
    );
    this.programs.set(inputs, made);
    return made;
  }

  async dispose(): Promise<void> {
    const programs = [...this.programs.values()];
    this.programs.clear();
    await Promise.all(programs.map((program) => program.dispose()));
  }
}
