import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';

export const BACKENDS = ['cpu', 'tensorflow'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** A backend that this machine does not have. */
export class BackendUnavailableError extends Error {
  override readonly name = 'BackendUnavailableError';
}

/** Makes tfjs compute with this backend. Throws a BackendUnavailableError where its native part is missing. */
export async function useBackend(name: BackendName): Promise<void> {
  // Without it tfjs advises every user of the cpu backend to install another one.
  tf.enableProdMode();
  if (name === 'tensorflow') loadTensorFlow();
  await tf.setBackend(name);
  await tf.ready();
}

function loadTensorFlow(): void {
  // tfjs-node calls two functions that Node 23 and later no longer have.
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
  try {
    createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu');
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new BackendUnavailableError(
      `the tensorflow backend needs the optional package @tensorflow/tfjs-node-gpu with its native binding: ${reason}`,
    );
  }
}
