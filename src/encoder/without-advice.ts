import { tf } from '../tf.js';

/** Runs a function without what tfjs writes to standard error: at its first tensor, advice to install another backend. */
export function withoutAdvice<T>(run: () => T): T {
  const env = tf.env();
  const before = env.getBool('PROD');
  env.set('PROD', true);
  try {
    return run();
  } finally {
    env.set('PROD', before);
  }
}
