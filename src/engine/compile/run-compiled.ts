import type * as tf from '@tensorflow/tfjs';
import type { OnnxBackend } from '../backend.js';
import type { Sizes } from '../dimensions/expression.js';
import { inputOf, type Value } from '../graph.js';
import { valueNow } from '../host-inputs.js';
import type { Program } from '../program/program.js';
import { sharedRuntime } from '../runtime/runtime.js';
import type { Session } from '../runtime/session.js';
import { whileRead } from '../runtime/sharing.js';
import type { Recorded } from './record-sizes.js';
import { assign, tensorOf, type VariableUse } from './record.js';

/** A recorded signature. Its session computes the results, then the new values of variables. */
export interface Compiled extends Recorded {
  /** The key of its session. */
  readonly key: string;
  readonly program: Program;
  /** An estimate of the memory of its session, once it has run at these sizes. */
  readonly bytesAt: (sizes: Sizes) => number;
}

/** Whether a variable that the program reads or assigns is disposed. */
export function usesDisposed(compiled: Compiled): boolean {
  return usedVariables(compiled).some(({ variable }) => variable.isDisposed);
}

/**
 * The name of a field that the function read while it was recorded and that has changed since; undefined if none has.
 */
export function changedState({ recording }: Compiled): string | undefined {
  return recording.state.reads.find(({ isUnchanged }) => !isUnchanged())?.name;
}

function usedVariables({ program, recording }: Compiled): VariableUse[] {
  const read = new Set([...program.inputs.values()].map(inputOf));
  return recording.variables.filter(({ before, after }) => after !== undefined || read.has(before));
}

/** Runs the program on the values of its arguments, assigns its variables and gives the result. */
export async function runCompiled(
  backend: OnnxBackend,
  compiled: Compiled,
  args: readonly Value[],
  sizes: Sizes,
): Promise<unknown> {
  const { program, recording, key } = compiled;
  const given = new Map<Value, Value>();
  recording.placeholders.forEach((placeholder, index) => given.set(placeholder, args[index] as Value));
  for (const { variable, before } of usedVariables(compiled)) given.set(before, backend.valueFor(variable));
  for (const input of recording.hostInputs) given.set(input.placeholder, valueNow(input));
  for (const { counter, by } of recording.state.counts) counter.advance(by);
  const bind = (value: Value): Value => given.get(value) ?? value;

  const inputs = [...new Set([...program.inputs.values()].map((value) => bind(inputOf(value))))];
  const results = await whileRead(inputs, async () => {
    await Promise.all(inputs.map((value) => backend.compute(value)));
    const { sessions, pool } = sharedRuntime();
    const run = (session: Session): Promise<Value[]> => session.run(program, bind, pool);
    return await sessions.use(key, program, run, compiled.bytesAt(sizes));
  });

  const tensors = results.map((value) => tensorOf(backend, value));
  const resultTensors = tensors.splice(0, recording.results.length);
  const assigned = [...recording.variables.filter(({ after }) => after !== undefined), ...recording.created];
  assigned.forEach(({ variable }, index) => assign(variable, tensors[index] as tf.Tensor));
  return recording.rebuild(resultTensors);
}
