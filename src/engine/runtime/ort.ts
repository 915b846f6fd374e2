import type * as Ort from 'onnxruntime-node';
import './no-telemetry.js';

let loading: Promise<typeof Ort> | undefined;

/** onnxruntime-node, loaded when something is computed for the first time. */
export function loadOrt(): Promise<typeof Ort> {
  loading ??= import('onnxruntime-node').then((module) => module);
  return loading;
}
