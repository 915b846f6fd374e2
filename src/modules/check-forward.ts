import { anObject, checkArguments, type ArgumentRule, isObject } from '../arguments.js';
import type { Features } from '../features.js';
import { isTensor } from '../is-tensor.js';
import type { ForwardOptions } from './module.js';

/** Features that must be tensors if they are present. */
const TENSORS: readonly (keyof Features)[] = [
  'inputIds',
  'attentionMask',
  'tokenTypeIds',
  'tokenEmbeddings',
  'clsTokenEmbeddings',
  'predictionStates',
  'decoderWeight',
  'decoderBias',
  'sentenceEmbedding',
];

const FEATURES: ArgumentRule = {
  expects: `an object of features, with tensors as ${TENSORS.join(', ')}`,
  accepts: (value) =>
    isObject(value) &&
    !isTensor(value) &&
    TENSORS.every((name) => {
      const feature = (value as Features)[name] ?? null;
      return feature === null || (isTensor(feature) && !feature.isDisposed);
    }),
};

const RULES = { features: FEATURES, options: anObject('an object with a mode') };

/**
 * Checks the arguments of a module's `forward`. Each module then checks the features that it needs.
 *
 * @param options the options, if the module reads them
 * @throws InputError
 */
export function checkForward(owner: string, features: Features, options: Partial<ForwardOptions> = {}): void {
  checkArguments(owner, RULES, { features, options });
}
