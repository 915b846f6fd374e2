import { InputError, ModelFileError } from '../errors.js';
import { resolveInside } from '../files/folder/resolve-inside.js';
import { preview } from '../files/preview.js';
import { withFile } from '../files/read-bytes.js';
import type { ReadExternalData } from './tensor-from-proto.js';

/** Reads the elements of tensors from files in the model's folder, and from no other file. */
export function externalDataIn(folder: string): ReadExternalData {
  return (entries, length) => {
    const location = entries.get('location') ?? '';
    const offset = wholeNumber(entries.get('offset') ?? '0', 'offset');
    const stated = wholeNumber(entries.get('length') ?? String(length), 'length');
    if (stated !== length) {
      throw new InputError(
        `external data has a length of ${stated} bytes; type and dimensions take ${length}`,
      );
    }
    return withExternalData(folder, location, ({ size, read }) => {
      if (offset + length > size) {
        throw new InputError(
          `external data ${preview(location)} has ${size} bytes; ${length} at ${offset} were expected`,
        );
      }
      return read(offset, length);
    });
  };
}

/** For a model in memory, which has no folder to look in. */
export const noExternalData: ReadExternalData = (entries) => {
  throw new InputError(
    `has weights in a second file, ${preview(entries.get('location') ?? '')}; read the model with readOnnxFile`,
  );
};

/**
 * Opens the file at the location that a tensor names.
 *
 * @throws InputError if the location is empty, leads out of the folder, or is not a regular file
 */
export function withExternalData<T>(
  folder: string,
  location: string,
  use: Parameters<typeof withFile<T>>[2],
): T {
  if (location === '') {
    throw new InputError('external data has no location; expected a file beside the model');
  }
  try {
    return withFile(resolveInside(folder, location), 'externalData', use);
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    throw new InputError(`external data ${preview(location)}: ${error.message}`, { cause: error });
  }
}

function wholeNumber(text: string, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new InputError(`external data has ${what} ${preview(text)}; expected a whole number of bytes`);
}
