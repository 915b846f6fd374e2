import { counted } from '../../counted.js';
import { InputError } from '../../errors.js';
import { isTensorType } from '../storage.js';
import { requireSameSizes } from './record-sizes.js';
import type { DimensionNames, Structure } from './structure.js';

/** @throws InputError for arguments that the compiled function of this name cannot take */
export function requireArguments(
  name: string,
  args: Structure,
  dimensions: DimensionNames | undefined,
): void {
  const { tensors, opaque } = args;
  for (const { item, path } of opaque) {
    throw new InputError(
      `argument ${path} of ${name} is ${describe(item)}; expected tensors, numbers, strings, booleans, null or undefined, ` +
        'alone or in arrays and plain records. The function may use anything else without taking it as an argument',
    );
  }
  for (const { tensor, path } of tensors) {
    if (tensor.isDisposed) throw new InputError(`argument ${path} of ${name} is a disposed tensor`);
    if (!isTensorType(tensor.dtype)) {
      throw new InputError(
        `argument ${path} of ${name} is of type ${tensor.dtype}; expected float32, int32 or bool`,
      );
    }
  }
  if (dimensions === undefined) return;
  if (dimensions.length > tensors.length) {
    throw new InputError(
      `dimensions of ${name} has a row for ${counted(dimensions.length, 'tensor')}; its arguments hold ${tensors.length}`,
    );
  }
  requireSameSizes(name, args, dimensions);
}

function describe(item: unknown): string {
  if (typeof item !== 'object' || item === null) return `a ${typeof item}`;
  return `an instance of ${item.constructor.name}`;
}
