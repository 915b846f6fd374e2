import { elementsOf, tensorOver } from '../../src/api/engine.js';
import type { CompiledLoss } from '../../src/api/trainer.js';
import { tf } from '../../src/tf.js';

export type ChangeGradients = (gradients: readonly Float32Array[]) => readonly Float32Array[];

/** Replaces gradients by changed ones; the caller disposes them. */
export function changed(right: readonly tf.Tensor[], change: ChangeGradients): tf.Tensor[] {
  const values = change(right.map((each) => elementsOf(each) as Float32Array));
  return values.map((each, index) => tensorOver(each, right[index]?.shape ?? []));
}

/** Makes every compiled loss return changed gradients, until the returned function is called. */
export function changeGradients(
  losses: Pick<CompiledLoss, 'gradients'>,
  change: ChangeGradients | undefined,
): () => void {
  if (change === undefined) return () => undefined;
  const right = losses.gradients;
  losses.gradients = async function (this: CompiledLoss, batch) {
    const { gradients, ...rest } = await right.call(this, batch);
    const wrong = changed(gradients, change);
    tf.dispose(gradients);
    return { ...rest, gradients: wrong };
  };
  return () => {
    losses.gradients = right;
  };
}
