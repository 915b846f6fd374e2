import { tf } from '../tf.js';

/** Runs a function and suppresses what tfjs prints at its first tensor: advice to install another backend. */
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
