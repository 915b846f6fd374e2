import { elementsOf } from '../engine/arrays.js';
import { compile, type CompiledFunction } from '../engine/compile/compile.js';
import { withLowering } from '../engine/lowering.js';
import { sharedRuntime } from '../engine/runtime/runtime.js';
import { onEncodingEngine } from '../engine/set-engine.js';
import { codesOnce } from '../engine/term-codes.js';
import { UsageError } from '../errors.js';
import type { Features } from '../features.js';
import { flowOf } from '../modules/flow.js';
import type { ForwardOptions, Module, ModuleKwargs } from '../modules/module.js';
import { sparseFromDense } from '../sparse/from-dense.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { tf } from '../tf.js';
import { modulesForTask, variablesOf } from './module-tree.js';

/** Token ids of a batch, each [texts, length] row by row. */
export interface TokenBatch {
  readonly texts: number;
  readonly length: number;
  readonly inputIds: Int32Array;
  readonly attentionMask: Int32Array;
  readonly tokenTypeIds?: Int32Array;
}

/** What modules read from a batch besides its tokens. */
export interface BatchFacts extends FeatureFacts {
  readonly maxActiveDims?: number;
  readonly moduleKwargs?: ModuleKwargs;
}

/** Facts that become features. */
export interface FeatureFacts {
  readonly task?: string;
  readonly modality?: string;
  /** The number of tokens of the prompt before every text. */
  readonly promptLength?: number;
}

/** Computes embeddings of token ids. */
export interface Embedder {
  /** One row per text, in the order of the batch. The caller keeps the `maxActiveDims` largest values of each row. */
  embed(batch: TokenBatch, facts: BatchFacts): Promise<SparseMatrix>;
  dispose(): Promise<void>;
}

/** Passes features through every module, in order. */
export function forwardThrough(
  modules: readonly Module[],
  features: Features,
  options: ForwardOptions,
): Features {
  return modules.reduce((current, module) => module.forward(current, options), features);
}

type Program = CompiledFunction<[tf.Tensor[], tf.Tensor | undefined, BatchFacts], tf.Tensor2D>;

/** A path through the modules, shared by all tasks with the same modules. */
interface Route {
  /** Without routers. */
  readonly modules: readonly Module[];
  /** By the number of inputs. */
  readonly programs: Map<number, Program>;
}

/** The inputs of a program and their axes, in order. */
const INPUTS = ['inputIds', 'attentionMask', 'tokenTypeIds'] as const;
const AXES = ['batch', 'length'];

/**
 * Runs modules on token batches, on the engine for encoding. On the onnx engine each route with each set of inputs is
 * recorded once, as one program for every batch size, length, and prompt length.
 */
export class Inference implements Embedder {
  readonly #modules: readonly Module[];
  #variables: readonly tf.Variable[];
  readonly #routes: Route[] = [];
  /** The data of each parameter while all are unchanged; undefined from the time when they may change. */
  #frozen: ReadonlyMap<tf.Variable, object> | undefined;

  constructor(modules: readonly Module[]) {
    this.#modules = modules;
    this.#variables = variablesOf(modules);
    this.#frozen = new Map(this.#variables.map((variable) => [variable, variable.dataId]));
  }

  /**
   * From now on the parameters are read again for each batch. Before, ONNX Runtime has them rearranged for speed.
   * Assigning a variable is noticed without this call, writing to its array is not.
   */
  thaw(): void {
    if (this.#frozen === undefined) return;
    this.#frozen = undefined;
    void this.dispose();
  }

  /** Looks for the modules' parameters again, after an adapter was added or merged. */
  renew(): void {
    this.#variables = variablesOf(this.#modules);
    this.#frozen = undefined;
    void this.dispose();
  }

  async embed(batch: TokenBatch, facts: BatchFacts): Promise<SparseMatrix> {
    if (this.#variables.some(({ isDisposed }) => isDisposed)) {
      throw new UsageError(
        'a parameter of this model was disposed, perhaps with another model that has it, too',
      );
    }
    if (this.#isAssigned()) this.thaw();
    const route = this.#route(facts.task);
    const { inputs, promptLength, run } = onEncodingEngine(() => {
      const made = INPUTS.flatMap((name) => {
        const elements = batch[name];
        return elements === undefined ? [] : [tf.tensor2d(elements, [batch.texts, batch.length], 'int32')];
      });
      const read = factsFor(route.modules, facts);
      const program = this.#program(route, made.length);
      return { inputs: made, ...read, run: program(made, read.promptLength, read.others) };
    });
    let embeddings: tf.Tensor2D | undefined;
    try {
      embeddings = await run;
      const made = embeddings;
      // Without a copy if possible.
      const elements = onEncodingEngine(() => (tf.getBackend() === 'onnx' ? elementsOf(made) : made.data()));
      return sparseFromDense((await elements) as Float32Array, batch.texts, embeddings.shape[1]);
    } finally {
      embeddings?.dispose();
      tf.dispose([...inputs, promptLength]);
    }
  }

  #route(task: string | undefined): Route {
    const modules = modulesForTask(this.#modules, task);
    const known = this.#routes.find((each) => sameModules(each.modules, modules));
    if (known !== undefined) return known;
    const route = { modules, programs: new Map<number, Program>() };
    this.#routes.push(route);
    return route;
  }

  /** Every assignment gives a variable new data. */
  #isAssigned(): boolean {
    return [...(this.#frozen ?? [])].some(([variable, dataId]) => variable.dataId !== dataId);
  }

  #program({ modules, programs }: Route, inputs: number): Program {
    const known = programs.get(inputs);
    if (known !== undefined) return known;
    const isFrozen = this.#frozen !== undefined;
    // Only the processor multiplies integers in this form; CUDA has other forms, WebGPU none.
    const quantized = isFrozen && sharedRuntime().isOnProcessor ? codesOnce() : undefined;
    const made: Program = compile(
      (
        tensors: tf.Tensor[],
        promptLength: tf.Tensor | undefined,
        { maxActiveDims, moduleKwargs, ...facts }: BatchFacts,
      ) => {
        const features: Features = { ...(promptLength && { promptLength }), ...facts };
        tensors.forEach((tensor, index) => (features[INPUTS[index] as string] = tensor));
        const options: ForwardOptions = {
          mode: 'inference',
          ...(maxActiveDims !== undefined && { maxActiveDims }),
          ...(moduleKwargs !== undefined && { moduleKwargs }),
        };
        const embedded = withLowering({ quantized }, () => forwardThrough(modules, features, options));
        return embedded.sentenceEmbedding as tf.Tensor2D;
      },
      {
        name: 'encode',
        dimensions: Array.from({ length: inputs }, () => AXES),
        frozen: isFrozen,
        variables: this.#variables,
        stateful: modules,
      },
    );
    programs.set(inputs, made);
    return made;
  }

  async dispose(): Promise<void> {
    const programs = this.#routes.splice(0).flatMap((route) => [...route.programs.values()]);
    await Promise.all(programs.map((program) => program.dispose()));
  }
}

const sameModules = (a: readonly Module[], b: readonly Module[]): boolean =>
  a.length === b.length && a.every((module, index) => module === b[index]);

/**
 * What these modules read from a batch: a tensor, which is an input of the program, and other facts. Each value of the
 * other facts has its own program.
 */
function factsFor(
  modules: readonly Module[],
  facts: BatchFacts,
): { promptLength: tf.Tensor | undefined; others: BatchFacts } {
  // A module that does not declare what it reads may read anything.
  if (modules.some(({ kind }) => kind.flow === undefined)) return { promptLength: undefined, others: facts };
  const { task: _, promptLength = 0, maxActiveDims, ...rest } = facts;
  const limits = modules.flatMap((module) => flowOf(module)?.activeDims ?? []);
  return {
    promptLength: tf.scalar(promptLength, 'int32'),
    others: {
      ...rest,
      // The caller keeps the largest of them, so a few programs serve every number.
      ...(limits.length > 0 &&
        maxActiveDims !== undefined && {
          maxActiveDims: Math.min(
            ...limits.map(({ most }) => most),
            2 ** Math.ceil(Math.log2(maxActiveDims)),
          ),
        }),
    },
  };
}
