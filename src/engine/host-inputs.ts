import { type HostScalarAttrs, numberOf } from '../ops/host-scalar.js';
import { Value } from './graph.js';
import { dataValue } from './storage.js';

/** A number that JavaScript holds, and the value that stands for it in a recording. */
export interface HostInput extends HostScalarAttrs {
  readonly placeholder: Value;
}

/** The host scalars of the function that is being recorded. */
let collected: Map<object, HostInput> | undefined;

/** Records a function and makes its host scalars inputs. */
export function collectHostInputs<T>(run: () => T): { result: T; hostInputs: readonly HostInput[] } {
  const outer = collected;
  const inputs = new Map<object, HostInput>();
  collected = inputs;
  try {
    return { result: run(), hostInputs: [...inputs.values()] };
  } finally {
    collected = outer;
  }
}

/** An input while a function is recorded; otherwise the present number. */
export function hostValue(attributes: HostScalarAttrs): Value {
  if (collected === undefined) return valueNow(attributes);
  const known = collected.get(attributes.of);
  if (known !== undefined) return known.placeholder;
  const name = `host_${collected.size}`;
  const placeholder = new Value(attributes.dtype, [], { kind: 'placeholder', name });
  collected.set(attributes.of, { ...attributes, placeholder });
  return placeholder;
}

export function valueNow(attributes: HostScalarAttrs): Value {
  const number = numberOf(attributes);
  const { dtype } = attributes;
  return dataValue(dtype === 'int32' ? Int32Array.of(number) : Float32Array.of(number), dtype, []);
}
