import { UsageError } from '../errors.js';
import { readWeights } from '../files/safetensors/read-weights.js';
import { trainsBias } from '../modules/lora/adapter.js';
import type { CheckpointFiles } from '../modules/module.js';
import type { Transformer } from '../modules/transformer/transformer.js';

/** Adapters whose base has been compared. Their base is frozen, so once is enough. */
const compared = new WeakSet<object>();

/**
 * Checks that a transformer under an adapter has the weights of the folder that it was loaded from. The files of the
 * adapter name only that folder, so changes of these weights would be lost.
 *
 * @throws UsageError that names the first parameter that differs
 */
export async function requireSameBase(
  { parameters, adapter }: Transformer,
  { folder }: CheckpointFiles,
): Promise<void> {
  if (adapter === undefined || compared.has(adapter)) return;
  const { tensors } = readWeights(folder);
  const isTrained = trainsBias(adapter.config.bias, adapter.layers);
  for (const { name, aliases = [] } of adapter.base.specifications) {
    const found = [name, ...aliases].find((each) => tensors.has(each));
    // What the folder lacks is unused. Trained biases are saved with the adapter.
    if (found === undefined || isTrained(name)) continue;
    const stored = tensors.get(found)?.values() ?? [];
    const own = await parameters.get(name).data();
    if (own.length === stored.length && own.every((x, at) => Object.is(x, stored[at]))) continue;
    throw new UsageError(
      `save: ${name} differs from ${folder}, which the files of the adapter name as its base; save the model before addAdapter and load it from there, or call mergeAdapter`,
    );
  }
  compared.add(adapter);
}
