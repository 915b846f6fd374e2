import type { Safetensors, StoredTensor } from '../files/safetensors/read.js';
import { tiedTensors } from '../modules/transformer/checkpoint.js';
import type { Ties } from '../modules/transformer/encoder.js';
import type { TransformerConfig } from '../modules/transformer/transformer.js';
import { warn } from '../warnings.js';

/**
 * Determines which of the tensors that a config ties are shared. As in transformers 5, a tensor that a checkpoint
 * contains with different values is not.
 *
 * @param source the file of the weights, for warnings
 */
export function tiesIn(config: TransformerConfig, { tensors }: Safetensors, source: string): Ties {
  const { ties } = config;
  if (config.file.task !== 'fill-mask') return ties;
  const pairs = tiedTensors(config.architecture, config.encoder);
  const isTied = (part: keyof Ties): boolean => {
    if (!ties[part]) return false;
    const { own, others } = pairs[part];
    const other = others.find((name) => tensors.has(name));
    const [mine, theirs] = [own, other].map((name) => tensors.get(name ?? ''));
    if (mine === undefined || theirs === undefined || areEqual(mine, theirs)) return true;
    warn(
      `${source}: config.json ties ${own} to ${other}, but the two differ; both are kept, untied. Set tie_word_embeddings to false to silence this warning.`,
    );
    return false;
  };
  return { weight: isTied('weight'), bias: isTied('bias') };
}

function areEqual(a: StoredTensor, b: StoredTensor): boolean {
  if (a.shape.join() !== b.shape.join()) return false;
  const [ours, theirs] = [a.values(), b.values()];
  return ours.every((value, index) => value === theirs[index]);
}
