import { activation, type ActivationName } from '../layers/activations.js';
import type { LanguageModelHead } from './encoder.js';
import { applyLinear, applyNorm, biasSpec, linearSpecs, matrixSpec, normSpecs } from './specs.js';

export interface HeadNames {
  readonly dense: string;
  readonly norm: string;
  readonly decoder: string;
  /** Of the decoder's bias where it is tied to one of another name. */
  readonly tiedBias?: string;
}

/** MPNet has them too. */
export const ROBERTA_HEAD: HeadNames = {
  dense: 'lm_head.dense',
  norm: 'lm_head.layer_norm',
  decoder: 'lm_head.decoder',
  tiedBias: 'lm_head.bias',
};

export interface HeadConfig {
  readonly vocabularySize: number;
  /** Of the hidden states. */
  readonly width: number;
  /** Of what the decoder takes, where that differs. */
  readonly decoderWidth?: number;
  readonly activation: ActivationName;
  readonly epsilon: number;
  /** Whether the decoder's weight is the word embeddings. */
  readonly tied: boolean;
  readonly deviation: number;
  readonly denseBias?: boolean;
  readonly normBias?: boolean;
  readonly decoderBias?: boolean;
}

/** norm(activation(dense(x))), of which the decoder makes logits. */
export function languageModelHead(names: HeadNames, config: HeadConfig): LanguageModelHead {
  const { vocabularySize, width, decoderWidth = width, epsilon, tied, deviation } = config;
  const { denseBias = true, normBias = true, decoderBias = true } = config;
  const ownBias = `${names.decoder}.bias`;
  const tiedBias = names.tiedBias ?? ownBias;
  const bias = tied ? tiedBias : ownBias;
  const other = tied ? ownBias : tiedBias;
  const act = activation(config.activation);
  return {
    parameters: [
      ...linearSpecs(names.dense, decoderWidth, width, deviation, denseBias),
      ...normSpecs(names.norm, decoderWidth, normBias),
      ...(tied ? [] : [matrixSpec(names.decoder, vocabularySize, decoderWidth, deviation)]),
      ...(decoderBias
        ? [{ ...biasSpec(bias, vocabularySize), ...(tied && other !== bias && { aliases: [other] }) }]
        : []),
    ],
    decoderWeight: tied ? undefined : `${names.decoder}.weight`,
    tiedWeight: `${names.decoder}.weight`,
    decoderBias: decoderBias ? bias : undefined,
    unused: tied || other === bias ? [] : [biasSpec(other, vocabularySize)],
    forward: (parameters, hidden) =>
      applyNorm(parameters, names.norm, epsilon, act(applyLinear(parameters, names.dense, hidden))),
  };
}
