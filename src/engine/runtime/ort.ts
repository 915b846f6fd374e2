import type * as Ort from 'onnxruntime-node';
import { requireShortCommandLine } from './command-line.js';
import { turnTelemetryOff } from './no-telemetry.js';

// Here rather than in `loadOrt`, so that worker threads started before the load inherit it.
turnTelemetryOff();

let loading: Promise<typeof Ort> | undefined;

/**
 * onnxruntime-node, loaded at the first computation. Everything that makes a session gets it from here.
 *
 * @throws EngineUnavailableError if it would end the process
 */
export async function loadOrt(): Promise<typeof Ort> {
  if (loading === undefined) requireShortCommandLine();
  loading ??= import('onnxruntime-node').then((module) => module);
  return await loading;
}
