import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep, win32 } from 'node:path';
import { InputError } from '../errors.js';
import type { ReadExternalData } from './tensor-from-proto.js';

/** One call of the system reads at most 2 GiB. */
const STEP = 2 ** 30;

/**
 * Reads the elements of tensors from files in the model's folder. A model may come from anywhere, so that it reaches no
 * other file: not by an absolute location, not by `..`, not through a link.
 */
export function externalDataIn(folder: string): ReadExternalData {
  return (entries, length) => {
    const location = entries.get('location') ?? '';
    const path = placeIn(folder, location);
    const offset = wholeNumber(entries.get('offset') ?? '0', 'offset');
    const stated = wholeNumber(entries.get('length') ?? String(length), 'length');
    if (stated !== length) {
      throw new InputError(
        `external data has a length of ${stated} bytes; type and dimensions take ${length}`,
      );
    }
    return readRange(path, location, offset, length);
  };
}

/** For a model that is no file: there is no folder to look in. */
export const noExternalData: ReadExternalData = (entries) => {
  throw new InputError(
    `has weights in a second file, "${entries.get('location') ?? ''}"; read the model with readOnnxFile`,
  );
};

function placeIn(folder: string, location: string): string {
  const parts = location.split(/[\\/]/);
  if (location === '' || isAbsolute(location) || win32.isAbsolute(location) || parts.includes('..')) {
    throw new InputError(
      `external data lies at "${location}"; expected a path inside the model's folder, without ".."`,
    );
  }
  const path = onDisk(resolve(folder, location), location);
  const inside = relative(realpathSync(folder), path);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new InputError(
      `external data "${location}" is a link that leads out of the model's folder; put the file itself there`,
    );
  }
  return path;
}

function onDisk(path: string, location: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new InputError(`external data "${location}" cannot be found: ${String(cause)}`, { cause });
  }
}

function wholeNumber(text: string, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new InputError(`external data has ${what} "${text}"; expected a whole number of bytes`);
}

function readRange(path: string, location: string, offset: number, length: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw new InputError(`external data "${location}" is not a file`);
    if (offset + length > status.size) {
      throw new InputError(
        `external data "${location}" has ${status.size} bytes; ${length} at ${offset} were expected`,
      );
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const count = readSync(file, bytes, done, Math.min(STEP, length - done), offset + done);
      if (count === 0) throw new InputError(`external data "${location}" became shorter while it was read`);
      done += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}
