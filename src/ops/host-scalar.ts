import { aCall, checkArguments } from '../arguments.js';
import { InputError } from '../errors.js';
import { tf } from '../tf.js';

/** A kernel without inputs that makes a scalar of a JavaScript number. An engine that records has its own. */
export const HOST_SCALAR = 'HostScalar';

export interface HostScalarAttrs {
  readonly read: () => number;
  readonly dtype: 'float32' | 'int32';
  /** In a recorded function, all reads for the same object give the same number. */
  readonly of: object;
}

/**
 * A scalar of the number that `read` returns. In a function that `compile` records it is an input of the program, read
 * again at each call. Use it for a number that changes from step to step, such as a weight that a schedule raises.
 *
 *     regularization.mul(hostScalar(() => this.weight))
 *
 * @throws InputError if `read` returns anything but a number
 */
export function hostScalar(read: () => number): tf.Scalar {
  checkArguments('hostScalar', { read: aCall }, { read });
  return hostInput({ read, dtype: 'float32', of: read });
}

export function hostInput(attributes: HostScalarAttrs): tf.Scalar {
  if (tf.getKernel(HOST_SCALAR, tf.getBackend())) {
    const attrs = { ...attributes } as unknown as tf.NamedAttrMap;
    return tf.engine().runKernel<tf.Scalar>(HOST_SCALAR, {}, attrs);
  }
  return tf.scalar(numberOf(attributes), attributes.dtype);
}

export function numberOf({ read }: Pick<HostScalarAttrs, 'read'>): number {
  const number: unknown = read();
  if (typeof number === 'number') return number;
  throw new InputError(`a hostScalar of a compiled function returned ${String(number)}; expected a number`);
}
