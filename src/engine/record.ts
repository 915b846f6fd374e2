import * as tf from '@tensorflow/tfjs';
import { OnnxBackend } from './backend.js';
import { nodesInOrder, Value } from './graph.js';
import { type Structure, structureOf } from './structure.js';

/** What a function does to a variable: it reads it, and may give it another value. */
export interface VariableUse {
  readonly variable: tf.Variable;
  /** Stands for what the variable holds when the program starts. */
  readonly before: Value;
  /** What it holds afterwards, where the function assigned it. */
  readonly after: Value | undefined;
}

export interface Recording {
  /** One for each tensor among the arguments. */
  readonly placeholders: readonly Value[];
  readonly results: readonly Value[];
  readonly variables: readonly VariableUse[];
  /** Variables that the function made, with their values at its end. */
  readonly created: readonly { variable: tf.Variable; after: Value }[];
  readonly rebuild: Structure['rebuild'];
}

export function onnxBackend(): OnnxBackend | undefined {
  const backend = tf.backend();
  return backend instanceof OnnxBackend ? backend : undefined;
}

/**
 * Calls the function with placeholders for its tensors (of their own shapes, or of those given) and for all
 * variables, and returns what it recorded. The variables hold what they held before.
 */
export function record(
  backend: OnnxBackend,
  fn: (...args: readonly unknown[]) => unknown,
  args: Structure,
  shapes: readonly (readonly number[])[] = args.tensors.map(({ tensor }) => tensor.shape),
): Recording {
  const known = { ...tf.engine().state.registeredVariables };
  const placeholders = args.tensors.map(
    ({ tensor }, index) =>
      new Value(tensor.dtype as 'float32', shapes[index] ?? tensor.shape, {
        kind: 'placeholder',
        name: `arg_${index}`,
      }),
  );
  const standIns = Object.values(known).map((variable, index) => standIn(backend, variable, index));
  // Like tf.tidy, which cannot return values.
  tf.engine().startScope();
  try {
    const tensors = placeholders.map((value) => tensorOf(backend, value));
    const structure = structureOf(fn(...(args.rebuild(tensors) as unknown[])));
    const created = Object.values(tf.engine().state.registeredVariables).filter(
      (variable) => known[variable.name] !== variable,
    );
    return {
      placeholders,
      results: structure.tensors.map(({ tensor }) => backend.valueFor(tensor)),
      variables: standIns.map(({ variable, before }) => {
        const after = variable.isDisposed ? before : backend.valueFor(variable);
        return { variable, before, after: after === before ? undefined : after };
      }),
      created: created.map((variable) => ({ variable, after: backend.valueFor(variable) })),
      rebuild: structure.rebuild,
    };
  } finally {
    tf.engine().endScope();
    for (const { restore } of standIns) restore();
  }
}

/** Puts a placeholder in the place of what a variable holds. */
function standIn(
  backend: OnnxBackend,
  variable: tf.Variable,
  index: number,
): { variable: tf.Variable; before: Value; restore: () => void } {
  const held = tf.keep(variable.clone());
  const before = new Value(variable.dtype as 'float32', variable.shape, {
    kind: 'placeholder',
    name: `var_${index}_${variable.name}`,
  });
  assign(variable, tensorOf(backend, before));
  return {
    variable,
    before,
    restore: () => {
      if (variable.isDisposed) held.dispose();
      else assign(variable, held);
    },
  };
}

/** Gives the variable the tensor's data; the tensor itself goes. */
export function assign(variable: tf.Variable, tensor: tf.Tensor): void {
  variable.assign(tensor);
  tensor.dispose();
}

export function tensorOf(backend: OnnxBackend, value: Value): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(backend.tensorInfo(value));
}

/** Values of `held` on which the outputs depend. */
export function dependencies(outputs: readonly Value[], held: ReadonlySet<Value>): Value[] {
  const found = new Set<Value>();
  for (const node of nodesInOrder(outputs)) {
    for (const output of node.outputs) if (held.has(output)) found.add(output);
  }
  return [...found];
}
