import { isMainThread } from 'node:worker_threads';
import { warn } from '../../warnings.js';

/** ONNX Runtime reads it once, when it is loaded. */
const SWITCH = 'ORT_DISABLE_TELEMETRY';

// Otherwise ONNX Runtime 1.30 writes an identifier below the home folder and reports to its makers. A value that the user
// set stays. Child processes inherit it, those that run Python among them.
if (process.env[SWITCH] === undefined) {
  process.env[SWITCH] = '1';
  // What a worker thread sets is seen by nobody else in the process, ONNX Runtime included.
  if (!isMainThread) {
    warn(
      `ONNX Runtime reports to its makers from this process, which a worker thread cannot turn off: import sparse-encoder in the main thread before, or set ${SWITCH}=1 in the environment`,
    );
  }
}
