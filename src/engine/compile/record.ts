import { recordState, type RecordedState } from '../../state/recorded-state.js';
import { tf } from '../../tf.js';
import { BACKEND_NAME, OnnxBackend } from '../backend.js';
import { nodesInOrder, Value } from '../graph.js';
import { collectHostInputs, type HostInput } from '../host-inputs.js';
import { tracedDeeply } from '../origin.js';
import { share } from '../runtime/sharing.js';
import { isTensorType } from '../storage.js';
import { onBackend } from '../switch-backend.js';
import { type Structure, structureOf } from './structure.js';

/** How a function uses a variable: it reads it, and may assign it. */
export interface VariableUse {
  readonly variable: tf.Variable;
  /** Stands for the variable's value when the program starts. */
  readonly before: Value;
  /** The variable's value afterwards, if the function assigned it. */
  readonly after: Value | undefined;
}

/** A variable that the function made. */
export interface CreatedVariable {
  readonly variable: tf.Variable;
  /** Its initial value. */
  readonly initial: Value;
  /** Its value at the end of the function. */
  readonly after: Value;
}

export interface Recording {
  /** One for each tensor among the arguments. */
  readonly placeholders: readonly Value[];
  readonly results: readonly Value[];
  readonly variables: readonly VariableUse[];
  readonly created: readonly CreatedVariable[];
  readonly hostInputs: readonly HostInput[];
  readonly state: RecordedState;
  readonly rebuild: Structure['rebuild'];
}

export function onnxBackend(): OnnxBackend | undefined {
  const backend = tf.backend();
  return backend instanceof OnnxBackend ? backend : undefined;
}

export interface RecordOptions {
  /** Shapes of the placeholders for tensors. Default: the shapes of the tensors. */
  readonly shapes?: readonly (readonly number[])[];
  /** Whether variables are read as their present values. The function must then assign none. */
  readonly frozen?: boolean;
  /** Objects whose fields the function may read, besides those that declare themselves stateful. */
  readonly stateful?: readonly object[];
  /** The variables that the function may use. Default: all variables of the process. */
  readonly variables?: readonly tf.Variable[] | undefined;
}

/**
 * Calls the function with placeholders for its tensors and for all variables, and returns the recording. Afterwards the
 * variables hold their former values.
 */
export function record(
  backend: OnnxBackend,
  fn: (...args: readonly unknown[]) => unknown,
  args: Structure,
  options: RecordOptions = {},
): Recording {
  return onBackend(BACKEND_NAME, () => recordHere(backend, fn, args, options));
}

function recordHere(
  backend: OnnxBackend,
  fn: (...args: readonly unknown[]) => unknown,
  args: Structure,
  {
    shapes = args.tensors.map(({ tensor }) => tensor.shape),
    frozen = false,
    stateful = [],
    variables = Object.values(tf.engine().state.registeredVariables),
  }: RecordOptions,
): Recording {
  const placeholders = args.tensors.map(
    ({ tensor }, index) =>
      new Value(tensor.dtype as 'float32', shapes[index] ?? tensor.shape, {
        kind: 'placeholder',
        name: `arg_${index}`,
      }),
  );
  const standIns = variables
    .filter(({ dtype }) => isTensorType(dtype))
    .map((variable, index) => (frozen ? asItIs(backend, variable) : standIn(backend, variable, index)));
  const made: Omit<CreatedVariable, 'after'>[] = [];
  const stopWatching = watchVariables((variable) =>
    made.push({ variable, initial: backend.valueFor(variable) }),
  );
  const { scopeStack } = tf.engine().state;
  const depth = scopeStack.length;
  // Like tf.tidy, which cannot return values instead of tensors.
  tf.engine().startScope();
  try {
    const tensors = placeholders.map((value) => tensorOf(backend, value));
    const run = (): unknown => tracedDeeply(() => fn(...(args.rebuild(tensors) as unknown[])));
    const {
      result: { result, hostInputs },
      state,
    } = recordState(() => collectHostInputs(run), stateful);
    const structure = structureOf(result);
    const results = structure.tensors.map(({ tensor }) => backend.valueFor(tensor));
    // A captured tensor that is returned is both a result and the captured tensor, so its elements are shared.
    results.forEach(share);
    return {
      placeholders,
      results,
      variables: standIns.map(({ variable, before }) => {
        const after = variable.isDisposed ? before : backend.valueFor(variable);
        return { variable, before, after: after === before ? undefined : after };
      }),
      created: made
        .filter(({ variable }) => !variable.isDisposed)
        .map((each) => ({ ...each, after: backend.valueFor(each.variable) })),
      hostInputs,
      state,
      rebuild: structure.rebuild,
    };
  } catch (error) {
    for (const each of made) resetCreated(backend, each);
    throw error;
  } finally {
    // A function that throws may leave scopes open.
    while (scopeStack.length > depth) tf.engine().endScope();
    stopWatching();
    for (const { restore } of standIns) restore();
  }
}

/** Calls `made` for every new variable. Returns a function that stops this. */
function watchVariables(made: (variable: tf.Variable) => void): () => void {
  const engine = tf.engine();
  const make = engine.makeVariable.bind(engine);
  engine.makeVariable = (...args) => {
    const variable = make(...args);
    if (isTensorType(variable.dtype)) made(variable);
    return variable;
  };
  return () => Reflect.deleteProperty(engine, 'makeVariable');
}

/**
 * Resets a variable of a function that was recorded but did not run to its end to its initial value. A variable made
 * from the arguments is disposed: without a run it has no elements.
 */
export function resetCreated(
  backend: OnnxBackend,
  { variable, initial }: Pick<CreatedVariable, 'variable' | 'initial'>,
): void {
  if (variable.isDisposed) return;
  if (dependsOnPlaceholders(initial)) variable.dispose();
  else assign(variable, tensorOf(backend, initial));
}

function dependsOnPlaceholders(value: Value): boolean {
  const inputs = nodesInOrder([value]).flatMap((node) => node.inputs);
  return [value, ...inputs].some((each) => each?.source.kind === 'placeholder');
}

interface StandIn {
  readonly variable: tf.Variable;
  readonly before: Value;
  readonly restore: () => void;
}

/** A variable that is read as a constant. */
function asItIs(backend: OnnxBackend, variable: tf.Variable): StandIn {
  const held = tf.keep(variable.clone());
  const before = backend.valueFor(variable);
  return {
    variable,
    before,
    restore: () => {
      if (variable.isDisposed || backend.valueFor(variable) === before) held.dispose();
      else assign(variable, held);
    },
  };
}

/** Replaces a variable's value by a placeholder. */
function standIn(backend: OnnxBackend, variable: tf.Variable, index: number): StandIn {
  const held = tf.keep(variable.clone());
  const before = new Value(variable.dtype as 'float32', variable.shape, {
    kind: 'placeholder',
    name: `var_${index}_${variable.name}`,
  });
  assign(variable, tensorOf(backend, before));
  return {
    variable,
    before,
    restore: () => assign(variable, held),
  };
}

/**
 * Gives the variable the tensor's data and disposes the tensor. A variable that has been disposed in the meantime stays
 * disposed.
 */
export function assign(variable: tf.Variable, tensor: tf.Tensor): void {
  // tfjs counts the references to the data on the backend in use.
  if (!variable.isDisposed) onBackend(BACKEND_NAME, () => variable.assign(tensor));
  tensor.dispose();
}

export function tensorOf(backend: OnnxBackend, value: Value): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(backend.tensorInfo(value), backend);
}

/** Values of `held` on which the outputs depend. */
export function dependencies(outputs: readonly Value[], held: ReadonlySet<Value>): Value[] {
  const found = new Set<Value>();
  for (const node of nodesInOrder(outputs)) {
    for (const output of node.outputs) if (held.has(output)) found.add(output);
  }
  return [...found];
}
