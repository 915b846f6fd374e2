import { isMainThread } from 'node:worker_threads';
import { warn } from '../../warnings.js';

/** ONNX Runtime reads it once, when it makes its first session. */
const SWITCH = 'ORT_DISABLE_TELEMETRY';

/**
 * Turns off that ONNX Runtime 1.30 writes an identifier below the home folder and reports to its makers. A value of the
 * switch that the user set stays. Child processes inherit it, those that run Python among them.
 */
export function turnTelemetryOff(): void {
  if (process.env[SWITCH] !== undefined) return;
  process.env[SWITCH] = '1';
  // What a worker thread sets is seen by nobody else in the process, ONNX Runtime included.
  if (isMainThread) return;
  warn(
    `ONNX Runtime reports to its makers from this process, which a worker thread cannot turn off: import sparse-encoder in the main thread before, or set ${SWITCH}=1 in the environment`,
  );
}
