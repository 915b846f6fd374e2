import type * as Ort from 'onnxruntime-node';
import { requireShortCommandLine } from './command-line.js';
import { turnTelemetryOff } from './no-telemetry.js';

// Here, not where it is loaded: worker threads that are started before then inherit it.
turnTelemetryOff();

let loading: Promise<typeof Ort> | undefined;

/**
 * onnxruntime-node, loaded when something is computed for the first time: every session is made with what this gives.
 *
 * @throws EngineUnavailableError where it would end the process
 */
export async function loadOrt(): Promise<typeof Ort> {
  if (loading === undefined) requireShortCommandLine();
  loading ??= import('onnxruntime-node').then((module) => module);
  return await loading;
}
