import { aCall, checkArguments } from '../../arguments.js';
import { UsageError } from '../../errors.js';
import { encodeModel } from '../../onnx/encode.js';
import { asCompiled } from '../../state/compiled.js';
import { tf } from '../../tf.js';
import type { OnnxBackend } from '../backend.js';
import type { Sizes } from '../dimensions/expression.js';
import type { Value } from '../graph.js';
import { constantBytes, type Explanation, explain, sessionBytes } from '../program/explain.js';
import { lower } from '../program/lower.js';
import type { Program } from '../program/program.js';
import { sharedRuntime } from '../runtime/runtime.js';
import { whileRead } from '../runtime/sharing.js';
import { requireArguments } from './arguments.js';
import { type CompileOptions, resolveCompileOptions } from './compile-options.js';
import { Programs } from './programs.js';
import { modelOf, recordAgain, recordInTurn, requireResult } from './record-program.js';
import { namedSizes, type Recorded } from './record-sizes.js';
import { onnxBackend, resetCreated } from './record.js';
import { type Compiled, runCompiled } from './run-compiled.js';
import { requireSameProgram } from './same-program.js';
import { type Structure, structureOf } from './structure.js';

export interface CompiledFunction<Args extends readonly unknown[], Result> {
  /**
   * Runs the function on these arguments. The tensors of the result are the caller's to dispose. Calls need not be awaited
   * one by one: they run one after the other, in the order in which they were made.
   *
   * @throws InputError if an argument is a disposed tensor, or neither a tensor nor plain data.
   * @throws ProgramError if ONNX Runtime refuses the program.
   * @throws OutOfMemoryError if memory for the program cannot be allocated.
   * @throws UsageError with `check`, if the function has changed in a way that `compile` does not notice.
   */
  (...args: Args): Promise<Result>;
  /** The ONNX model of the signature that was called last. */
  model(): Uint8Array;
  /** Describes the program of the signature that was called last, and how much memory it plans to use. */
  explain(): Explanation;
  /** Releases the sessions after all earlier calls have ended. Later calls throw a UsageError. */
  dispose(): Promise<void>;
}

/** Captured tensors beyond this size are bound to the session instead of being copied into its model. */
const MAX_EMBEDDED_BYTES = 2 ** 16;

let recordings = 0;

/**
 * Records a function of tensors once per signature (types and shapes of its tensors, and whatever else its
 * arguments hold), compiles it to one ONNX program and runs that on each call. Gradients
 * (`tf.valueAndGrads`, `tf.variableGrads`, `tf.customGrad`) and assignments to variables inside it are part of the
 * program. Everything else the function does happens while it is recorded, and only then.
 *
 * While it records, `compile` notes which fields the function reads of losses, of encoders, of the objects in them and
 * of the objects named as `stateful`. A call that finds another value in such a field records the function again. For a
 * number that changes at every step use `hostScalar`, which makes it an input. Both are read when the call's turn
 * comes. Closed-over JavaScript variables, private fields (`#name`) and the function's own random numbers keep the
 * values of the time of recording; `check` finds them.
 *
 * With an engine other than `onnx` the function simply runs. The engine in use at the time of the call decides.
 *
 * @throws InputError if `fn` is not a function
 * @throws OptionError for an option that is unknown or of the wrong type
 */
export function compile<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  given: CompileOptions = {},
): CompiledFunction<Args, Result> {
  checkArguments('compile', { fn: aCall }, { fn });
  const { name = fn.name || 'a function', check = false, ...rest } = resolveCompileOptions(given);
  const { dimensions, frozen = false } = rest;
  const programs = new Programs(name);
  const options = { ...rest, name };
  const anyFn = fn as unknown as (...given: readonly unknown[]) => unknown;
  let last: Compiled | undefined;
  let lastSizes: Sizes = {};
  let isDisposed = false;

  async function call(...args: Args): Promise<Result> {
    requireAlive();
    const structure = structureOf(args, dimensions);
    requireArguments(name, structure, dimensions);
    const backend = onnxBackend();
    if (backend === undefined) return runAtOnce(name, () => fn(...args)) as Result;
    // The tensors may be disposed before this call's turn comes.
    const values = structure.tensors.map(({ tensor }) => backend.valueFor(tensor));
    return await whileRead(values, () =>
      sharedRuntime().calls.take(async () => (await inTurn(backend, structure, values)) as Result),
    );
  }

  async function inTurn(
    backend: OnnxBackend,
    structure: Structure,
    args: readonly Value[],
  ): Promise<unknown> {
    const sizes = namedSizes(structure, dimensions);
    lastSizes = sizes;
    const gone = programs.takeDisposed(structure.key);
    if (gone.length > 0) await programs.release(gone);
    const known = programs.find(structure.key);
    if (known !== undefined) {
      last = known;
      if (check) {
        const again = compiledOf(recordAgain(backend, anyFn, structure, options));
        requireSameProgram(name, known.program, again.program);
      }
      return await runCompiled(backend, known, args, sizes);
    }
    const recorded = await recordInTurn(backend, anyFn, structure, options);
    const { created } = recorded.recording;
    try {
      const compiled = compiledOf(recorded);
      last = compiled;
      programs.add(structure.key, compiled);
      return await runCompiled(backend, compiled, args, sizes);
    } catch (error) {
      for (const each of created) resetCreated(backend, each);
      throw error;
    } finally {
      // The next call must find these variables and not make them again.
      if (created.length > 0) await programs.forget(structure.key);
    }
  }

  function compiledOf(recorded: Recorded): Compiled {
    const { outputs, dimensionsOf, dimensionsInside, shapeAt } = recorded;
    const lowered = lower(outputs, {
      name,
      dimensionsOf,
      dimensionsInside,
      isInput: (value) => !frozen && bytesOf(value) > MAX_EMBEDDED_BYTES,
      tileElements: dimensions === undefined ? sharedRuntime().tileElements : 0,
    });
    const program = { ...lowered, inBackground: frozen && constantBytes(lowered) >= MIN_BACKGROUND_BYTES };
    const key = `recording ${recordings++}`;
    const bytesAt = bytesAtLargest(program, shapeAt);
    return { ...recorded, key, program, bytesAt };
  }

  function requireAlive(): void {
    if (isDisposed) throw new UsageError(`${name} was called after it was disposed; compile it again`);
  }

  function lastCompiled(asked: string): Compiled {
    requireAlive();
    if (last !== undefined) return last;
    throw new UsageError(
      `${name}.${asked}() describes the program of the last call on the onnx engine; there was none`,
    );
  }

  return Object.assign(call, {
    model: () => encodeModel(modelOf(lastCompiled('model'), name)),
    explain: () => {
      const { program, shapeAt } = lastCompiled('explain');
      return explain(program, (value) => shapeAt(value, lastSizes));
    },
    dispose: () => {
      isDisposed = true;
      return sharedRuntime().calls.take(async () => {
        last = undefined;
        await programs.forgetAll();
        sharedRuntime().pool.clear();
      });
    },
  });
}

/** Memory that a run took at large sizes is kept for smaller ones. */
function bytesAtLargest(program: Program, shapeAt: Recorded['shapeAt']): (sizes: Sizes) => number {
  let largest = 0;
  let bytes = 0;
  return (sizes) => {
    const size = Object.values(sizes).reduce((product, each) => product * each, 1);
    if (size > largest) {
      largest = size;
      bytes = Math.max(
        bytes,
        sessionBytes(program, (value) => shapeAt(value, sizes)),
      );
    }
    return bytes;
  };
}

/**
 * A program with fewer bytes of weights finishes before a thread would have answered, and starting a thread takes
 * longer than its calls.
 */
const MIN_BACKGROUND_BYTES = 2 ** 22;

function bytesOf({ source }: Value): number {
  return source.kind === 'data' ? source.elements.byteLength : 0;
}

/** As on the onnx engine, the results are new tensors, and everything else that the function made is disposed. */
function runAtOnce(name: string, fn: () => unknown): unknown {
  return tf.tidy(() => {
    const result = asCompiled(fn);
    requireResult(name, result);
    const { tensors, rebuild } = structureOf(result);
    return rebuild(tensors.map(({ tensor }) => tensor.clone())) as tf.TensorContainer;
  });
}
