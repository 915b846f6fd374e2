import { type EngineName, setEngine, UsageError } from '../src/index.js';
import type { ParityOptions } from './command.js';
import type { Origin } from './origin.js';

/** As for the reference. Cases are small, so a second thread of ONNX Runtime would only wait for the first. */
const THREADS = 1;

/** Makes every engine ready, and sets the first. Throws a UsageError if there is none. */
export async function setEngines({ backend }: ParityOptions): Promise<[EngineName, ...EngineName[]]> {
  const [first, ...others] = backend;
  if (first === undefined) throw new UsageError('--backend names no engine');
  for (const each of backend.toReversed()) {
    await setEngine(each, each === 'onnx' ? { threads: THREADS } : undefined);
  }
  return [first, ...others];
}

/** What is judged: a port, or this package, on an engine. */
export const originOn = (
  backend: EngineName,
  port: { readonly path: string; readonly sha256: string } | undefined,
): Origin => ({
  implementation: port === undefined ? null : { path: port.path, sha256: port.sha256 },
  backend,
});
