import { checkArguments, isObject } from '../arguments.js';
import { InputError } from '../errors.js';
import type { Features } from '../features.js';
import type { PackedTokens } from '../ops/packed-tokens.js';
import { tf } from '../tf.js';

const FEATURES = {
  features: { expects: 'features, an object of tensors by name', accepts: isObject },
};

/** The tokens of packed features; undefined if the features are not packed. */
export function packedTokens({
  packedTokens: tokens,
  packedOrder: order,
  attentionMask: mask,
}: Features): PackedTokens | undefined {
  if (tokens === undefined) return undefined;
  if (tokens.rank !== 1 || mask?.rank !== 2 || order?.shape.join() !== `${mask.shape[0]}`) {
    throw new InputError(
      `packedTokens has shape [${tokens.shape.join(', ')}], packedOrder [${order?.shape.join(', ') ?? ''}] and ` +
        `attentionMask [${mask?.shape.join(', ') ?? ''}]; expected [tokens], [texts] and [texts, length], as withPackedTokens makes them`,
    );
  }
  return { tokens, order, mask } as PackedTokens;
}

/**
 * The features with `packedTokens` and `packedOrder`, for modules that then compute nothing for padding. The caller disposes
 * both. Losses and gradients are the same up to rounding. Only for models whose modules are all of this package: a module of
 * your own gets `predictionStates` without padding.
 *
 *     const features = await withPackedTokens(await encoder.preprocess(texts));
 *     const { sentenceEmbedding } = encoder.forward(features);
 *
 * @throws InputError unless the features have an attentionMask [texts, length]
 */
export async function withPackedTokens(features: Features): Promise<Features> {
  checkArguments('withPackedTokens', FEATURES, { features });
  const { attentionMask: mask } = features;
  if (mask?.rank !== 2) {
    throw new InputError(
      `withPackedTokens: attentionMask is ${mask === undefined ? 'missing' : `of shape [${mask.shape.join(', ')}]`}; expected ` +
        'shape [texts, length]',
    );
  }
  const [texts, length] = mask.shape as [number, number];
  const present = await mask.data();
  const tokens: number[] = [];
  const counts = new Int32Array(texts);
  present.forEach((value, place) => {
    if (value === 0) return;
    tokens.push(place);
    counts[Math.floor(place / length)] = (counts[Math.floor(place / length)] ?? 0) + 1;
  });
  // A tensor without rows cannot be multiplied, so one place is computed at least.
  if (tokens.length === 0) tokens.push(0);
  const order = Array.from(counts.keys()).toSorted((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  return {
    ...features,
    packedTokens: tf.tensor1d(tokens, 'int32'),
    packedOrder: tf.tensor1d(order, 'int32'),
  };
}
