import type * as Ort from 'onnxruntime-node';
import { turnTelemetryOff } from './no-telemetry.js';

// Here, not where it is loaded: worker threads that are started before then inherit it.
turnTelemetryOff();

let loading: Promise<typeof Ort> | undefined;

/** onnxruntime-node, loaded when something is computed for the first time. */
export function loadOrt(): Promise<typeof Ort> {
  loading ??= import('onnxruntime-node').then((module) => module);
  return loading;
}
