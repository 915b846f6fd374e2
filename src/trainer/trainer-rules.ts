import { anObject, type ArgumentRule, instanceOf, isObject, listOf, optional } from '../arguments.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { anEvaluator } from '../evaluators/sequential-evaluator.js';

/** The rules for what a trainer is made of. */
export const MODEL: ArgumentRule = instanceOf(SparseEncoder, 'a SparseEncoder');
export const MODEL_INIT: ArgumentRule = optional({
  expects: 'a function that makes a SparseEncoder',
  accepts: (value) => typeof value === 'function',
});
export const OPTIONS: ArgumentRule = anObject('an object { model, args, trainDataset, ... }');
export const CALLBACKS: ArgumentRule = optional(
  listOf('a list of callbacks, objects of handlers by event', isObject),
);
export const EVALUATOR: ArgumentRule = optional({
  expects: `${anEvaluator.expects}, or a list of them`,
  accepts: (value) =>
    anEvaluator.accepts(value) ||
    (Array.isArray(value) && value.length > 0 && value.every(anEvaluator.accepts)),
});
