import { anObject, checkArguments, type ArgumentRule, isObject } from '../arguments.js';
import type { Features } from '../features.js';
import { isTensor } from '../is-tensor.js';
import type { ForwardOptions } from './module.js';

/** Features that are tensors, where they are there. */
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
  expects: `an object of features, of which ${TENSORS.join(', ')} are tensors`,
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
 * Checks what the `forward` of a module is called with; each module then asks for the features that it needs.
 *
 * @param options where the module reads them
 * @throws InputError
 */
export function checkForward(owner: string, features: Features, options: Partial<ForwardOptions> = {}): void {
  checkArguments(owner, RULES, { features, options });
}
