import type { ParameterSpec } from '../parameters.js';
import type { Architecture, Encoder } from './encoder.js';
import { byName, foundUnder, prefixed } from './specs.js';
import type { Task } from './transformer-config.js';

/**
 * The tensors of a task by the names that transformers saves them under: a masked language model's base under a prefix
 * beside its head, a base model without. Checkpoints of the other kind are read too.
 */
export function parameterSpecs({ prefix }: Architecture, encoder: Encoder, task: Task): ParameterSpec[] {
  const { head, parameters, wordEmbeddings } = encoder;
  if (task === 'feature-extraction') return byName(foundUnder(parameters, prefix));
  const base = prefixed(parameters, prefix).map((spec) => {
    const isTied = head.decoderWeight === undefined && spec.name === `${prefix}.${wordEmbeddings}`;
    return isTied ? { ...spec, aliases: [...(spec.aliases ?? []), head.tiedWeight] } : spec;
  });
  return byName([...base, ...head.parameters]);
}

/**
 * Tensors that the reference writes too and that the task does not depend on: a base model's pooler, the bias of a masked
 * language model that no longer is the decoder's. A checkpoint may lack them.
 */
export function unusedParameterSpecs(
  { prefix }: Architecture,
  encoder: Encoder,
  task: Task,
): ParameterSpec[] {
  return byName(task === 'fill-mask' ? encoder.head.unused : foundUnder(encoder.unused, prefix));
}

/** Tensors of other heads and poolers, and tables that are computed, in either kind of checkpoint. */
export function ignoredTensorPatterns({ prefix }: Architecture, encoder: Encoder, task: Task): RegExp[] {
  const base = `^(${prefix}\\.)?`;
  const { parameters, tiedWeight } = encoder.head;
  const head = [...parameters.map(({ name }) => name), tiedWeight].map((name) => name.split('.')[0]);
  const others =
    task === 'fill-mask' ? encoder.head.unused.map(({ name }) => RegExp(`^${escaped(name)}$`)) : [];
  return [
    RegExp(`${base}embeddings\\.(position_ids|token_type_ids)$`),
    RegExp(`${base}pooler\\.`),
    /^(cls\.seq_relationship|discriminator_predictions|sop_classifier)\./,
    ...others,
    ...(task === 'fill-mask' ? [] : [...new Set(head)].map((name) => RegExp(`^${name}\\.`))),
  ];
}

const escaped = (name: string): string => name.replaceAll('.', '\\.');
