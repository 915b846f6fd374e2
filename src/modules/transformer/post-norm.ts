import type * as tf from '@tensorflow/tfjs';
import { activation, type ActivationName } from '../layers/activations.js';
import { attention, splitHeads } from '../layers/attention.js';
import type { Parameters, ParameterSpec } from '../parameters.js';
import type { Batch } from './encoder.js';
import { applyLinear, applyNorm, linearSpecs, normSpecs } from './specs.js';

/** Names of the parts of one layer. */
export interface LayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: string;
  readonly widen: string;
  readonly narrow: string;
  readonly outputNorm: string;
  /** Whether the reference lists the output's norm before the rest of the layer. */
  readonly outputNormFirst?: boolean;
}

export interface PostNormConfig {
  /**
   * The prefixes of the parameters of each layer, in the order in which the layers run. Layers may share parameters.
   */
  readonly layers: readonly string[];
  readonly heads: number;
  readonly width: number;
  /** Width in the middle of the feed-forward layers. */
  readonly wide: number;
  readonly activation: ActivationName;
  readonly epsilon: number;
  readonly deviation: number;
  readonly dropout: {
    readonly probabilities: number;
    readonly attentionOutput: number;
    readonly output: number;
  };
}

/** The names of layers numbered from 0. */
export function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, layer) => `${name}.${layer}`);
}

export function postNormSpecs(names: LayerNames, config: PostNormConfig): ParameterSpec[] {
  const { layers, width, wide, deviation } = config;
  return [...new Set(layers)].flatMap((layer) => {
    const at = (part: string): string => `${layer}.${part}`;
    const outputNorm = normSpecs(at(names.outputNorm), width);
    return [
      ...(names.outputNormFirst === true ? outputNorm : []),
      ...[names.query, names.key, names.value, names.attentionOutput].flatMap((part) =>
        linearSpecs(at(part), width, width, deviation),
      ),
      ...normSpecs(at(names.attentionNorm), width),
      ...linearSpecs(at(names.widen), wide, width, deviation),
      ...linearSpecs(at(names.narrow), width, wide, deviation),
      ...(names.outputNormFirst === true ? [] : outputNorm),
    ];
  });
}

/**
 * The encoder of BERT and its relatives, on hidden states [rows, width]; each layer is
 *
 *     h' = norm(h + output(attention(h)))
 *     h  = norm(h' + narrow(activation(widen(h'))))
 *
 * @param bias the scores to add in all layers
 */
export function postNormEncoder(
  names: LayerNames,
  config: PostNormConfig,
  parameters: Parameters,
  embedded: tf.Tensor2D,
  { bias, batch }: { bias: tf.Tensor; batch: Batch },
): tf.Tensor2D {
  const { heads, dropout, epsilon } = config;
  const act = activation(config.activation);
  const { drop, rows, layer: runLayer } = batch;
  let hidden = embedded;
  for (const layer of config.layers) {
    const own = parameters.under(layer);
    hidden = runLayer(own, [hidden, bias], [], (input, added) => {
      const given = input as tf.Tensor2D;
      const project = (part: string): tf.Tensor4D => splitHeads(applyLinear(own, part, given), rows, heads);
      const mixed = attention([project(names.query), project(names.key), project(names.value)], {
        rows,
        bias: added,
        drop: (probabilities) => drop(probabilities, dropout.probabilities),
      });
      const attended = drop(applyLinear(own, names.attentionOutput, mixed), dropout.attentionOutput);
      const middle = applyNorm(own, names.attentionNorm, epsilon, attended.add(given));
      const wide = act(applyLinear(own, names.widen, middle));
      const narrow = drop(applyLinear(own, names.narrow, wide), dropout.output);
      return applyNorm(own, names.outputNorm, epsilon, narrow.add(middle));
    });
  }
  return hidden;
}
