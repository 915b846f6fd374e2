import { createRequire } from 'node:module';
import util from 'node:util';
import { tf } from '../tf.js';
import { EngineUnavailableError } from './errors.js';

const PACKAGE = '@tensorflow/tfjs-node-gpu';

const advice = (): string =>
  `Install ${PACKAGE}@${tf.version.tfjs} with its install script; ` +
  'where that cannot download TensorFlow, "npm run tensorflow-binding" in a checkout of sparse-encoder builds it.';

/**
 * Registers the tfjs backend "tensorflow". Throws an EngineUnavailableError if the package or its binding is missing.
 */
export function loadTensorFlow(): void {
  // tfjs-node calls two functions that Node removed in version 23.
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
  // Otherwise TensorFlow prints to standard error which processor it was built for.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  try {
    createRequire(import.meta.url)(PACKAGE);
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new EngineUnavailableError(
      `the tensorflow engine needs the optional package ${PACKAGE} with its native binding: ${reason.trim().replace(/\.$/, '')}. ${advice()}`,
      { cause },
    );
  }
  // If its version differs from the installed tfjs, the package brings its own copy of tfjs.
  if (tf.findBackendFactory('tensorflow') === null) {
    throw new EngineUnavailableError(
      `${PACKAGE} is installed but uses another copy of @tensorflow/tfjs than sparse-encoder: both must have the same version (here ${tf.version.tfjs}).`,
    );
  }
}
