import { type Embedder, Inference } from '../../encoder/inference.js';
import { variablesOf } from '../../encoder/module-tree.js';
import { onEncodingEngine } from '../../engine/set-engine.js';
import type { Module } from '../../modules/module.js';
import { type Random, seededRandom } from '../../random.js';
import { tf } from '../../tf.js';

/**
 * What rounding does, as a share of what `nudgedEmbedder` does. Rounding to the nearest float errs by up to half an ulp
 * in each direction, evenly: by 1 / sqrt(12) ulps in the root mean square. Each nudge is a whole ulp.
 */
export const ROUNDING_PER_NUDGE = 1 / Math.sqrt(12);

/**
 * Computes embeddings as if every float32 parameter were a neighbouring float: how far they are from the model's own
 * shows how much the model makes of rounding, in whatever order an engine sums. The directions are the same each time.
 * The parameters keep their values, and no other code ever sees the neighbours.
 *
 * It needs an engine that computes at once, which the onnx engine does not.
 */
export async function nudgedEmbedder(modules: readonly Module[]): Promise<Embedder> {
  const inference = new Inference(modules);
  const random = seededRandom(0);
  const neighbours = new Map<tf.Variable, tf.Tensor>();
  const exchange = (): void => {
    for (const [variable, neighbour] of neighbours) {
      [variable.dataId, neighbour.dataId] = [neighbour.dataId, variable.dataId];
    }
  };
  const dispose = async (): Promise<void> => {
    tf.dispose([...neighbours.values()]);
    await inference.dispose();
  };
  try {
    // A variable that two modules share is nudged once.
    for (const variable of new Set(variablesOf(modules))) {
      if (variable.dtype !== 'float32') continue;
      const values = nudged((await variable.data()) as Float32Array, random);
      const { shape } = variable;
      neighbours.set(
        variable,
        onEncodingEngine(() => tf.tensor(values, shape)),
      );
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    embed: (batch, facts) => {
      exchange();
      try {
        // All that reads parameters happens before this returns its promise.
        return inference.embed(batch, facts);
      } finally {
        exchange();
      }
    },
    dispose,
  };
}

/** Each number moved to the next float above or below. Zeros and what is not finite stay, and nothing becomes infinite. */
export function nudged(values: Float32Array, random: Pick<Random, 'below'>): Float32Array {
  const moved = values.slice();
  const bits = new Int32Array(moved.buffer);
  for (const [index, value] of values.entries()) {
    if (value === 0 || !Number.isFinite(value)) continue;
    bits[index] = (bits[index] as number) + (random.below(2) === 0 ? -1 : 1);
    if (!Number.isFinite(moved[index])) moved[index] = value;
  }
  return moved;
}
