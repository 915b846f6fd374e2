import { activation, type ActivationName } from '../layers/activations.js';
import type { LanguageModelHead } from './encoder.js';
import { applyLinear, applyNorm, biasSpec, linearSpecs, matrixSpec, normSpecs } from './specs.js';

export interface HeadNames {
  readonly dense: string;
  readonly norm: string;
  readonly decoder: string;
  /** The name that the decoder's bias is tied to, if any. */
  readonly tiedBias?: string;
  /** Whether the reference lists the norm before the dense layer. */
  readonly normFirst?: boolean;
}

/** Also the names of DeBERTa-v2. */
export const BERT_HEAD: HeadNames = {
  dense: 'cls.predictions.transform.dense',
  norm: 'cls.predictions.transform.LayerNorm',
  decoder: 'cls.predictions.decoder',
  tiedBias: 'cls.predictions.bias',
};

/** Also the names of MPNet. */
export const ROBERTA_HEAD: HeadNames = {
  dense: 'lm_head.dense',
  norm: 'lm_head.layer_norm',
  decoder: 'lm_head.decoder',
  tiedBias: 'lm_head.bias',
};

export interface HeadConfig {
  readonly vocabularySize: number;
  /** Width of the hidden states. */
  readonly width: number;
  /** Width of the decoder's input, if it differs. */
  readonly decoderWidth?: number;
  readonly activation: ActivationName;
  readonly epsilon: number;
  /** Whether the config ties the decoder's weight and bias to other parameters. */
  readonly tied: boolean;
  readonly deviation: number;
  readonly denseBias?: boolean;
  readonly normBias?: boolean;
  readonly decoderBias?: boolean;
}

/** norm(activation(dense(x))), the input of the decoder. */
export function languageModelHead(names: HeadNames, config: HeadConfig): LanguageModelHead {
  const { vocabularySize, width, decoderWidth = width, epsilon, tied, deviation } = config;
  const { denseBias = true, normBias = true, decoderBias = true } = config;
  const act = activation(config.activation);
  const dense = linearSpecs(names.dense, decoderWidth, width, deviation, denseBias);
  const norm = normSpecs(names.norm, decoderWidth, normBias);
  return {
    transform: names.normFirst === true ? [...norm, ...dense] : [...dense, ...norm],
    decoder: {
      weight: matrixSpec(names.decoder, vocabularySize, decoderWidth, deviation),
      bias: decoderBias ? biasSpec(`${names.decoder}.bias`, vocabularySize) : undefined,
      tiedBias: names.tiedBias === undefined ? undefined : biasSpec(names.tiedBias, vocabularySize),
      tied,
    },
    forward: (parameters, hidden) =>
      applyNorm(parameters, names.norm, epsilon, act(applyLinear(parameters, names.dense, hidden))),
  };
}
