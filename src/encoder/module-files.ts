import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ModelFileError } from '../errors.js';
import { readAnyJson } from '../files/json/read-json-file.js';
import { WEIGHTS_FILE, WEIGHTS_INDEX_FILE } from '../files/safetensors/read-weights.js';

/** A module's config, and the path of its file. */
export interface ConfigFile {
  readonly path: string;
  readonly json: unknown;
}

/** The config file of a module, under the first of its names that exists; {} if none does, as in the reference. */
export function readConfigFile(folder: string, name: string, oldNames: readonly string[] = []): ConfigFile {
  const path = [name, ...oldNames].map((each) => join(folder, each)).find(existsSync);
  if (path === undefined) return { path: join(folder, name), json: {} };
  return { path, json: readAnyJson(path) };
}

/** The file that lists the tensors; if there are several weights files, their index. */
export function weightsPath(folder: string): string {
  const path = join(folder, WEIGHTS_FILE);
  return existsSync(path) ? path : join(folder, WEIGHTS_INDEX_FILE);
}

/** Adds the file to errors about a config. If there are several files, it is the one whose name begins the message. */
export function inFile<T>(paths: string | readonly string[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    const { message } = error;
    const [first = ''] = [paths].flat();
    const named = [paths].flat().find((path) => message.startsWith(basename(path)));
    const told = named === undefined ? `${first}: ${message}` : join(dirname(named), message);
    throw new ModelFileError(told, { cause: error });
  }
}
