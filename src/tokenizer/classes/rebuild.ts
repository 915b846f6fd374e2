import { ModelFileError } from '../../errors.js';
import { preview } from '../../files/preview.js';
import { type Blueprint, EMPTY_TOKENIZER } from '../assemble.js';
import type { JsonObject } from '../files/json-object.js';
import type { ModelJson } from '../files/model-json.js';
import type { ClassOptions } from '../files/settings.js';
import type { ClassRules, SpecialTokens } from './class-rules.js';

interface Parts {
  readonly model: ModelJson;
  readonly special: SpecialTokens;
  readonly options: ClassOptions;
  /** The normalizer of tokenizer.json. */
  readonly normalizer: JsonObject | null;
  readonly postProcessor: JsonObject | null;
  readonly source: string;
}

/** The tokenizer that a class builds from a vocabulary, whatever else tokenizer.json says. */
export function rebuild(
  rules: ClassRules,
  { model, special, options, normalizer, postProcessor, source }: Parts,
): Blueprint {
  const type = model.type ?? (Array.isArray(model.vocab) ? 'Unigram' : rules.modelTypes[0]);
  if (type === undefined || !rules.modelTypes.includes(type)) {
    throw new ModelFileError(
      `${source}: model.type is ${preview(type)}; the tokenizer class that tokenizer_config.json or config.json names expects ${rules.modelTypes.map((name) => `"${name}"`).join(' or ')}`,
    );
  }
  const rebuilt = rules.rebuild({ model, special, options, charsmap: findCharsmap(normalizer) });
  const { scored, ...parts } = rebuilt;
  return {
    source,
    json: JSON.stringify({ ...EMPTY_TOKENIZER, ...parts }),
    scored,
    added: [],
    normalizer: rebuilt.normalizer,
    postProcessor: (idOf) =>
      rules.keepsPostProcessor === true && postProcessor !== null
        ? postProcessor
        : rules.postProcessor(special, options, idOf),
  };
}

/** SentencePiece's table of characters, in Base64. */
function findCharsmap(normalizer: JsonObject | null): string | undefined {
  const inner = normalizer?.['type'] === 'Sequence' ? normalizer['normalizers'] : [normalizer];
  if (!Array.isArray(inner)) return undefined;
  for (const part of inner as unknown[]) {
    if (typeof part !== 'object' || part === null) continue;
    const { type, precompiled_charsmap: charsmap } = part as JsonObject;
    if (type === 'Precompiled' && typeof charsmap === 'string') return charsmap;
  }
  return undefined;
}
