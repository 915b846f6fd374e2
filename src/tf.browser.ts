/** What bundles hold in place of `tf.ts`, which needs Node: tfjs from the start. */
export * as tf from '@tensorflow/tfjs';
