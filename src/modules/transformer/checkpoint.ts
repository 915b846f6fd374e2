import type { ParameterSpec } from '../parameters.js';
import type { Architecture, Encoder, LanguageModelHead, Ties } from './encoder.js';
import { foundUnder, prefixed } from './specs.js';
import type { Task } from './transformer-config.js';

/** The name under which the reference's Transformer holds the transformers model. */
const MODEL = 'model';

/**
 * The tensors of a task in the reference's order, by the names under which transformers saves them. A masked language
 * model has its base under a prefix beside its head; a base model has no prefix. Both kinds of checkpoints can be read.
 */
export function parameterSpecs(
  architecture: Architecture,
  encoder: Encoder,
  task: Task,
  ties: Ties,
): ParameterSpec[] {
  const specs =
    task === 'fill-mask'
      ? maskedLanguageModelSpecs(architecture, encoder, ties)
      : [
          ...foundUnder(encoder.parameters, architecture.prefix),
          ...foundUnder(encoder.unused, architecture.prefix).map((spec) => ({ ...spec, unused: true })),
        ];
  return specs.map((spec) => ({ ...spec, parameterName: `${MODEL}.${spec.parameterName ?? spec.name}` }));
}

function maskedLanguageModelSpecs(
  { prefix, headFirst = false }: Architecture,
  { head, parameters, wordEmbeddings }: Encoder,
  ties: Ties,
): ParameterSpec[] {
  const { weight } = head.decoder;
  const words = `${prefix}.${wordEmbeddings}`;
  const base = prefixed(parameters, prefix).map((spec) =>
    ties.weight && spec.name === words ? { ...spec, aliases: [...(spec.aliases ?? []), weight.name] } : spec,
  );
  if (!headFirst) return [...base, ...headSpecs(head, ties, ties.weight ? undefined : weight)];
  if (!ties.weight) return [...headSpecs(head, ties, weight), ...base];
  const shared = base.find(({ name }) => name === words);
  return [
    ...headSpecs(head, ties, shared && { ...shared, parameterName: weight.name }),
    ...base.filter((spec) => spec !== shared),
  ];
}

/** @param weight the weight of the decoder, if it is listed with the head */
function headSpecs(
  { transform, decoder: { bias, tiedBias } }: LanguageModelHead,
  ties: Ties,
  weight: ParameterSpec | undefined,
): ParameterSpec[] {
  const isTied = tiedBias !== undefined && ties.bias;
  return [
    ...(tiedBias === undefined
      ? []
      : [ties.bias ? { ...tiedBias, aliases: bias ? [bias.name] : [] } : { ...tiedBias, unused: true }]),
    ...transform,
    ...(weight === undefined ? [] : [weight]),
    ...(bias === undefined || isTied ? [] : [bias]),
  ];
}

interface TiedPair {
  /** The name of the decoder's own tensor. */
  readonly own: string | undefined;
  /** Names of the tensor that it is tied to, in either kind of checkpoint. */
  readonly others: readonly string[];
}

/** Tensors that a masked language model's file may contain twice. */
export function tiedTensors(
  { prefix }: Architecture,
  { head, wordEmbeddings }: Encoder,
): Readonly<Record<keyof Ties, TiedPair>> {
  const { weight, bias, tiedBias } = head.decoder;
  return {
    weight: { own: weight.name, others: [`${prefix}.${wordEmbeddings}`, wordEmbeddings] },
    bias: { own: bias?.name, others: tiedBias === undefined ? [] : [tiedBias.name] },
  };
}

/** Tensors of other heads and poolers, and computed tables, in either kind of checkpoint. */
export function ignoredTensorPatterns({ prefix }: Architecture, { head }: Encoder, task: Task): RegExp[] {
  const base = `^(${prefix}\\.)?`;
  const { weight, bias, tiedBias } = head.decoder;
  const heads = [...head.transform, weight, bias, tiedBias].flatMap((spec) => spec?.name.split('.')[0] ?? []);
  return [
    RegExp(`${base}embeddings\\.(position_ids|token_type_ids)$`),
    RegExp(`${base}pooler\\.`),
    /^(cls\.seq_relationship|discriminator_predictions|mask_predictions|sop_classifier)\./,
    ...(task === 'fill-mask' ? [] : [...new Set(heads)].map((name) => RegExp(`^${name}\\.`))),
  ];
}
