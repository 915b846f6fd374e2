import { tf } from '../tf.js';
import { EngineUnavailableError } from './errors.js';

/** The fields of tfjs's engine about the backend in use; its types hide most of them. */
interface InUse {
  backendName: string | undefined;
  backendInstance: object | null | undefined;
  profiler: object | undefined;
  pendingBackendInit: Promise<boolean> | null | undefined;
}

/**
 * Makes tfjs use a registered backend, at once. Returns a function that restores the former state: the backend that was in
 * use, or none.
 *
 * @throws EngineUnavailableError if tfjs has no such backend or cannot start it synchronously
 */
export function switchBackend(name: string): () => void {
  const engine = tf.engine();
  const inUse = engine as unknown as InUse;
  const { backendName, backendInstance, profiler, pendingBackendInit } = inUse;
  const next = tf.findBackend(name);
  if (next === null) throw new EngineUnavailableError(`tfjs has no backend "${name}" that is started`);
  if (backendInstance !== next) {
    // While another backend starts, tfjs refuses to compute.
    inUse.pendingBackendInit = null;
    // The backend has been started, so the switch is done when the call returns.
    void engine.setBackend(name);
  }
  return () => void Object.assign(inUse, { backendName, backendInstance, profiler, pendingBackendInit });
}

/**
 * Runs a function on a registered backend. Only its synchronous part sees that backend; the rest of the process does
 * not.
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
