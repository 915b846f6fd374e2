/** Replaces `tf.ts`, which needs Node, in bundles: tfjs is loaded from the start. */
export * as tf from '@tensorflow/tfjs';
