import { resolve } from 'node:path';
import { ensureReferenceEnvironment } from '../../src/python/environment.js';
import { extendEnvironment } from '../../src/python/extended-environment.js';
import { RestartingReference } from '../restarting-reference.js';
import { startReference } from '../start-reference.js';
import type { ParityConfig } from './define.js';
import { addPythonPaths } from './reference-side.js';

/** Starts the Python of a configuration, with its packages and folders of modules. */
export async function openReference(
  { python: { interpreter, requirements, path = ['.'] } = {} }: ParityConfig,
  given: {
    readonly folder: string;
    readonly python: string | undefined;
    readonly log: (line: string) => void;
  },
): Promise<{
  readonly reference: RestartingReference;
  readonly environment: Readonly<Record<string, string>>;
}> {
  const { folder, python = interpreter, log } = given;
  const base = await ensureReferenceEnvironment({ log, ...(python !== undefined && { python }) });
  const own =
    requirements === undefined ? base : await extendEnvironment(base, resolve(folder, requirements), { log });
  const paths = path.map((one) => resolve(folder, one));
  const reference = await RestartingReference.start(
    async () => {
      const started = await startReference({ python: own });
      try {
        await addPythonPaths(started, paths);
        return started;
      } catch (error) {
        await started.stop();
        throw error;
      }
    },
    { log },
  );
  const { torch, python: version, sentenceTransformers } = reference.versions;
  return {
    reference,
    environment: { torch, 'sentence-transformers': sentenceTransformers, Python: version },
  };
}
