import { InputError } from '../errors.js';
import { bytesOf } from '../files/bytes-of.js';
import { arrayOf } from './element-types.js';
import type { OnnxTensor } from './model.js';

/**
 * The elements in the byte order of a file, as a view of the tensor's memory. (ONNX and all platforms of Node are
 * little-endian.)
 */
export function rawData({ type, dims, data }: OnnxTensor, what: string): Uint8Array {
  if (type === 'string') throw new InputError(`${what} holds strings; only numbers can be written`);
  const array = arrayOf(type);
  if (!(data instanceof array)) {
    throw new InputError(
      `${what} is ${type} but comes as a ${data.constructor.name}; expected ${array.name}`,
    );
  }
  const elements = dims.reduce((product, size) => product * size, 1);
  if (data.length !== elements) {
    throw new InputError(
      `${what} has ${data.length} elements; its dimensions [${dims.join(', ')}] take ${elements}`,
    );
  }
  return bytesOf(data);
}
