import { tf } from '../tf.js';
import { EngineUnavailableError } from './errors.js';

/** What tfjs's engine holds of the backend in use; its types hide most of it. */
interface InUse {
  backendName: string | undefined;
  backendInstance: object | null | undefined;
  profiler: object | undefined;
  pendingBackendInit: Promise<boolean> | null | undefined;
}

/**
 * Makes tfjs use a registered backend, at once. Returns what makes it use the former one again, or none where none was
 * in use yet.
 *
 * @throws EngineUnavailableError if tfjs has no such backend, or cannot start it without waiting
 */
export function switchBackend(name: string): () => void {
  const engine = tf.engine();
  const inUse = engine as unknown as InUse;
  const { backendName, backendInstance, profiler, pendingBackendInit } = inUse;
  const next = tf.findBackend(name);
  if (next === null) throw new EngineUnavailableError(`tfjs has no backend "${name}" that is started`);
  if (backendInstance !== next) {
    // While another backend starts, tfjs lets nobody compute.
    inUse.pendingBackendInit = null;
    // The backend has been started, so this has happened when the call returns.
    void engine.setBackend(name);
  }
  return () => void Object.assign(inUse, { backendName, backendInstance, profiler, pendingBackendInit });
}

/**
 * Runs a function on a registered backend. What is synchronous in it sees that backend; nothing else of the process does.
 *
 * @throws EngineUnavailableError
 */
export function onBackend<T>(name: string, run: () => T): T {
  const restore = switchBackend(name);
  try {
    return run();
  } finally {
    restore();
  }
}
