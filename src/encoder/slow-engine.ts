import { chosenEngine } from '../engine/set-engine.js';
import { tf } from '../tf.js';
import { warn } from '../warnings.js';

/** Warns that a model computes in JavaScript if nobody chose that. */
export function warnIfSlow(): void {
  if (chosenEngine() !== undefined || tf.getBackend() !== 'cpu') return;
  warn(
    "forward runs on tfjs's cpu backend, which computes in JavaScript; call `await setEngine('onnx')` first to run it on ONNX Runtime, or setEngine('cpu') to keep it without this warning",
  );
}
