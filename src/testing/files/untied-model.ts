import { join } from 'node:path';
import { readSafetensors } from '../../files/safetensors/read.js';
import { copyOfModel, editWeights } from './damaged-model.js';

/** The last layer of a tiny model, and the tensors that its config ties it to. */
interface TiedNames {
  readonly decoder: string;
  readonly words: string;
  /** Undefined if the decoder's bias has no other name. */
  readonly bias?: string;
}

const ROBERTA = {
  decoder: 'lm_head.decoder',
  words: 'roberta.embeddings.word_embeddings.weight',
  bias: 'lm_head.bias',
};

/** The tiny models of every architecture with tied weights. */
export const TIED_MODELS: Readonly<Record<string, TiedNames>> = {
  'splade-bert': {
    decoder: 'cls.predictions.decoder',
    words: 'bert.embeddings.word_embeddings.weight',
    bias: 'cls.predictions.bias',
  },
  'splade-distilbert': {
    decoder: 'vocab_projector',
    words: 'distilbert.embeddings.word_embeddings.weight',
  },
  'splade-mpnet': { ...ROBERTA, words: 'mpnet.embeddings.word_embeddings.weight' },
  'splade-modernbert': { decoder: 'decoder', words: 'model.embeddings.tok_embeddings.weight' },
  'splade-roberta': ROBERTA,
  'splade-xlm-roberta': ROBERTA,
};

/**
 * Copies a tiny model. In the copy, the weights hold the decoder's own tensors in addition to those that its config ties.
 *
 * @param change applied to each element of the tied tensors; without it they stay equal
 */
export async function ownDecoder(
  model: string,
  parts: readonly ('weight' | 'bias')[],
  change: (value: number, index: number) => number = (value, index) => 0.75 * value + 0.01 * (index % 3),
): Promise<string> {
  const names = TIED_MODELS[model] as TiedNames;
  const folder = copyOfModel(model);
  const { tensors } = readSafetensors(join(folder, 'model.safetensors'));
  const tied = { weight: names.words, bias: names.bias };
  const own = parts.flatMap((part) => {
    const found = tensors.get(tied[part] ?? '');
    if (found === undefined) return [];
    const values = Float32Array.from(found.values(), change);
    return [{ name: `${names.decoder}.${part}`, shape: found.shape, dtype: 'float32' as const, values }];
  });
  await editWeights(folder, (stored) => [...stored, ...own]);
  return folder;
}
