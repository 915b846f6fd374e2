import * as tf from '@tensorflow/tfjs';
import { InputError, UsageError } from '../errors.js';
import { encodeModel } from '../onnx/encode.js';
import type { Dimension } from '../onnx/model.js';
import type { OnnxBackend } from './backend.js';
import { type Explanation, explain } from './explain.js';
import { Value } from './graph.js';
import { lower, type Program } from './lower.js';
import { assign, dependencies, onnxBackend, type Recording, tensorOf } from './record.js';
import { recordAsIs, recordSizes, requireSameSizes } from './record-sizes.js';
import { sharedRuntime } from './runtime.js';
import { type DimensionNames, type Structure, structureOf } from './structure.js';

export interface CompileOptions {
  /** Names the program in errors, and the graph in its ONNX file. */
  readonly name: string;
  /**
   * Names for dimensions of the tensors among the arguments, in their order; null is fixed. One program then serves
   * every size of a named dimension: `[['batch', 'length'], ['batch', 'length']]`.
   */
  readonly dimensions?: DimensionNames;
}

export interface CompiledFunction<Args extends readonly unknown[], Result> {
  /**
   * Runs the function on these arguments. The tensors of the result are the caller's to dispose.
   *
   * @throws InputError where an argument is a disposed tensor.
   * @throws ProgramError where ONNX Runtime refuses what was recorded.
   */
  (...args: Args): Promise<Result>;
  /** The ONNX model of the signature that was called last. */
  model(): Uint8Array;
  /** What the program of the signature that was called last consists of and how much memory it plans to use. */
  explain(): Explanation;
  /** Lets go of the sessions. A later call makes them anew. */
  dispose(): Promise<void>;
}

/** A recorded signature. */
interface Compiled {
  readonly key: string;
  readonly program: Program;
  readonly recording: Recording;
  /** The values the session computes: results, then new values of variables. */
  readonly outputs: readonly Value[];
  readonly dimensionsOf: (value: Value) => readonly Dimension[];
}

/** Captured elements beyond this size are bound to the session instead of being copied into its model. */
const MAX_EMBEDDED_BYTES = 2 ** 16;

let functions = 0;

/**
 * Records a function of tensors once per signature (types and shapes of its tensors, and whatever else its
 * arguments hold), compiles it to one ONNX program and runs that on each call. Gradients
 * (`tf.valueAndGrads`, `tf.variableGrads`, `tf.customGrad`) and assignments to variables inside it are part of the
 * program. Everything else the function does happens while it is recorded, and only then.
 *
 * With another engine than `onnx` the function simply runs.
 */
export function compile<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  { name, dimensions }: CompileOptions,
): CompiledFunction<Args, Result> {
  const recorded = new Map<string, Compiled>();
  const prefix = `compiled ${functions++}`;
  let last: Compiled | undefined;

  async function call(...args: Args): Promise<Result> {
    const structure = structureOf(args, dimensions);
    requireAlive(name, structure);
    if (dimensions) requireSameSizes(name, structure, dimensions);
    const backend = onnxBackend();
    if (backend === undefined) return tf.tidy(() => fn(...args) as tf.TensorContainer) as Result;
    let compiled = recorded.get(structure.key);
    if (compiled === undefined) {
      compiled = await prepare(backend, structure);
      // The next call finds the variables that this one makes, and does not make them again.
      if (compiled.recording.created.length === 0) recorded.set(structure.key, compiled);
    }
    last = compiled;
    return (await run(backend, compiled, structure)) as Result;
  }

  async function prepare(backend: OnnxBackend, structure: Structure): Promise<Compiled> {
    const heldBefore = backend.heldValues();
    const anyFunction = fn as (...args: readonly unknown[]) => unknown;
    const { recording, outputs, dimensionsOf } =
      dimensions === undefined
        ? recordAsIs(backend, anyFunction, structure)
        : recordSizes(backend, anyFunction, structure, dimensions);
    // What the function captured without it having been computed is no part of the function.
    await Promise.all(dependencies(outputs, heldBefore).map((value) => backend.compute(value)));
    const program = lower(outputs, {
      name,
      dimensionsOf,
      isInput: (value) => bytesOf(value) > MAX_EMBEDDED_BYTES,
      inTiles: dimensions === undefined,
    });
    return { key: `${prefix} ${structure.key}`, program, recording, outputs, dimensionsOf };
  }

  function lastCompiled(asked: string): Compiled {
    if (last !== undefined) return last;
    throw new UsageError(
      `${name}.${asked}() describes the program of the last call on the onnx engine; there was none`,
    );
  }

  return Object.assign(call, {
    model: () => {
      const { outputs, dimensionsOf } = lastCompiled('model');
      return encodeModel(lower(outputs, { name, dimensionsOf, isInput: () => false }).model);
    },
    explain: () => explain(lastCompiled('explain').program),
    dispose: async () => {
      const keys = [...recorded.values()].map(({ key }) => key);
      recorded.clear();
      last = undefined;
      await sharedRuntime().sessions.release(keys);
    },
  });
}

async function run(backend: OnnxBackend, compiled: Compiled, args: Structure): Promise<unknown> {
  const { program, recording, key } = compiled;
  const bindings = new Map<Value, Value>();
  recording.placeholders.forEach((placeholder, index) => {
    bindings.set(placeholder, backend.valueFor((args.tensors[index] as { tensor: tf.Tensor }).tensor));
  });
  for (const { variable, before } of recording.variables) {
    if (!variable.isDisposed) bindings.set(before, backend.valueFor(variable));
  }
  const bind = (value: Value): Value => bindings.get(value) ?? value;
  await Promise.all([...bindings.values()].map((value) => backend.compute(value)));

  const { sessions, pool } = sharedRuntime();
  const session = await sessions.session(key, program);
  const results = await session.run(program, bind, pool);
  const tensors = results.map((value) => tensorOf(backend, value));
  const resultTensors = tensors.splice(0, recording.results.length);
  const assigned = [...recording.variables.filter(({ after }) => after !== undefined), ...recording.created];
  assigned.forEach(({ variable }, index) => assign(variable, tensors[index] as tf.Tensor));
  return recording.rebuild(resultTensors);
}

function bytesOf({ source }: Value): number {
  return source.kind === 'data' ? source.elements.byteLength : 0;
}

function requireAlive(name: string, { tensors }: Structure): void {
  for (const { tensor, path } of tensors) {
    if (tensor.isDisposed) throw new InputError(`argument ${path} of ${name} is a disposed tensor`);
    if (tensor.dtype === 'string' || tensor.dtype === 'complex64') {
      throw new InputError(
        `argument ${path} of ${name} is of type ${tensor.dtype}; expected float32, int32 or bool`,
      );
    }
  }
}
