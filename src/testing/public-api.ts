/** Every name that the package exports, except those of `sparse-encoder/parity`. */
export * from '../index.js';
export * from '../api/data.js';
export * from '../api/engine.js';
export * from '../api/evaluation.js';
export * from '../api/export.js';
export * from '../api/losses.js';
export * from '../api/modules.js';
export * from '../api/sparse.js';
export * from '../api/training.js';
export * from '../api/trainer.js';
