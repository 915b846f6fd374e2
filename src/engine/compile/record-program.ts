import { UsageError } from '../../errors.js';
import type { OnnxModel } from '../../onnx/model.js';
import { asCompiled } from '../../state/compiled.js';
import type { OnnxBackend } from '../backend.js';
import { lower } from '../program/lower.js';
import { sharedRuntime } from '../runtime/runtime.js';
import { onOnnx } from '../set-engine.js';
import { requireArguments } from './arguments.js';
import type { CompileOptions } from './compile-options.js';
import { recordAsIs, type Recorded, recordSizes } from './record-sizes.js';
import { dependencies, onnxBackend, resetCreated } from './record.js';
import { type Structure, structureOf } from './structure.js';

type ProgramOptions = Pick<CompileOptions, 'dimensions' | 'frozen' | 'stateful' | 'variables'> & {
  /** Names the program in errors, and the graph in its ONNX file. */
  readonly name: string;
};

/**
 * Records a function of tensors as an ONNX model, whatever engine is in use, and runs nothing. Captured tensors that
 * have not been computed are computed first. The model holds copies of the elements, so later changes to tensors do not
 * change it.
 *
 * @param args the arguments of the function; of a tensor only its type and shape matter
 * @throws InputError if an argument is a disposed tensor, or neither a tensor nor plain data
 * @throws UsageError if the function returns a promise, or assigns a variable although it is frozen
 */
export async function recordProgram<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  options: ProgramOptions,
): Promise<OnnxModel> {
  const { name, dimensions } = options;
  const backend = onOnnx(onnxBackend) as OnnxBackend;
  const structure = structureOf(args, dimensions);
  requireArguments(name, structure, dimensions);
  const run = (...given: readonly unknown[]): unknown => fn(...(given as unknown as Args));
  // A compiled function that was called earlier may assign a variable that this one reads.
  return await sharedRuntime().calls.take(async () => {
    const recorded = await recordInTurn(backend, run, structure, options);
    // Nothing runs, so the variables that the function made get no new values.
    for (const each of recorded.recording.created) resetCreated(backend, each);
    return withOwnElements(modelOf(recorded, name));
  });
}

/**
 * Records a function when its call's turn comes. When the promise resolves, all tensors that the function captured have
 * been computed.
 */
export async function recordInTurn(
  backend: OnnxBackend,
  fn: (...args: readonly unknown[]) => unknown,
  args: Structure,
  options: ProgramOptions,
): Promise<Recorded> {
  const { name, frozen = false, dimensions } = options;
  const heldBefore = backend.heldValues();
  const asIs = recordAsIs(backend, checked(name, fn), args, options);
  const { created } = asIs.recording;
  try {
    if (frozen) requireNoAssignment(name, asIs);
    // Captured values that were not computed yet do not belong to the function.
    await Promise.all(dependencies(asIs.outputs, heldBefore).map((value) => backend.compute(value)));
    // Further recordings would find the variables that this recording made.
    const isSized = dimensions !== undefined && created.length === 0;
    return isSized ? recordSizes(backend, checked(name, fn), args, dimensions, options) : asIs;
  } catch (error) {
    for (const each of created) resetCreated(backend, each);
    throw error;
  }
}

/** Records a function again. Its captured tensors have been computed and its variables exist. */
export function recordAgain(
  backend: OnnxBackend,
  fn: (...args: readonly unknown[]) => unknown,
  args: Structure,
  options: ProgramOptions,
): Recorded {
  const { name, dimensions } = options;
  return dimensions === undefined
    ? recordAsIs(backend, checked(name, fn), args, options)
    : recordSizes(backend, checked(name, fn), args, dimensions, options);
}

/** The recording as a standalone model, which holds all elements except those of arguments and variables. */
export function modelOf({ outputs, ...shapes }: Recorded, name: string): OnnxModel {
  const { dimensionsOf, dimensionsInside } = shapes;
  return lower(outputs, { name, dimensionsOf, dimensionsInside, isInput: () => false }).model;
}

function withOwnElements(model: OnnxModel): OnnxModel {
  const initializers = model.graph.initializers.map(({ name, tensor }) => ({
    name,
    tensor: { ...tensor, data: tensor.data.slice() },
  }));
  return { ...model, graph: { ...model.graph, initializers } };
}

function checked(
  name: string,
  fn: (...args: readonly unknown[]) => unknown,
): (...args: readonly unknown[]) => unknown {
  return (...args) => {
    const result = asCompiled(() => fn(...args));
    requireResult(name, result);
    return result;
  };
}

/** @throws UsageError if the result is a promise */
export function requireResult(name: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => undefined);
  throw new UsageError(
    `${name} returns a promise; a compiled function must be synchronous, since only what it does before it returns is recorded`,
  );
}

function requireNoAssignment(name: string, { recording }: Recorded): void {
  const assigned = recording.variables.find(({ after }) => after !== undefined)?.variable.name;
  if (assigned === undefined) return;
  throw new UsageError(
    `${name} is frozen, which makes variables constants, but assigns the variable ${assigned}; compile it without \`frozen\``,
  );
}
