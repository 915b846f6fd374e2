import { join } from 'node:path';
import { packageRoot } from '../src/package-root.js';
import { type Reference, type StartOptions, startWorker } from '../src/python/bridge.js';

/** The folder of the Python modules that run the reference. */
export const referenceFolder = (): string => join(packageRoot(), 'parity', 'reference');

/** Starts the reference. There is one in a Node process at a time; after `stop` or a failure another can be started. */
export const startReference = (options: StartOptions): Promise<Reference> =>
  startWorker(referenceFolder(), options);
