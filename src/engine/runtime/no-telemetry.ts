import { isMainThread } from 'node:worker_threads';
import { warn } from '../../warnings.js';

/** ONNX Runtime reads this variable once, when it makes its first session. */
const SWITCH = 'ORT_DISABLE_TELEMETRY';

/**
 * Turns off the telemetry of ONNX Runtime 1.30, which writes an identifier below the home folder and reports to its
 * makers. If the user has set the variable, its value stays. Child processes inherit it, including Python.
 */
export function turnTelemetryOff(): void {
  if (process.env[SWITCH] !== undefined) return;
  process.env[SWITCH] = '1';
  // Nothing outside a worker thread sees the thread's environment, and neither does ONNX Runtime.
  if (isMainThread) return;
  warn(
    `ONNX Runtime reports to its makers from this process, which a worker thread cannot turn off: import sparse-encoder in the main thread first, or set ${SWITCH}=1 in the environment`,
  );
}
