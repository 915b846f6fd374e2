import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { aPath, checkArguments } from '../arguments.js';
import { ModelFileError } from '../errors.js';
import { readBytes } from '../files/read-bytes.js';
import { flag, type OptionRules, resolveOptions } from '../options.js';
import { assemble, type Blueprint } from './assemble.js';
import { albert } from './classes/albert.js';
import { bert, distilBert } from './classes/bert.js';
import type { ClassRules, SpecialTokens } from './classes/class-rules.js';
import { debertaV2 } from './classes/deberta-v2.js';
import { mpnet } from './classes/mpnet.js';
import { pythonOnlyMeans } from './classes/python-only.js';
import { rebuild } from './classes/rebuild.js';
import { roberta } from './classes/roberta.js';
import { BARE_TEMPLATE } from './classes/template.js';
import { chooseTokenizerClass, type TokenizerClass } from './classes/tokenizer-class.js';
import { xlmRoberta } from './classes/xlm-roberta.js';
import { readTokenizerSettings, type TokenizerSettings } from './files/settings.js';
import { readTokenizerFiles } from './files/tokenizer-files.js';
import { readTokenizerJson, type TokenizerJson } from './files/tokenizer-json.js';
import { tryPatterns } from './files/try-patterns.js';
import { readVocabularyFiles } from './files/vocabulary-files.js';
import { loadNativeLibrary } from './native-library.js';
import { NativeTokenizerAdapter } from './native-tokenizer.js';
import { resolveTokens } from './special-tokens.js';
import { assembleSplitting } from './split-special.js';
import type { Tokenizer } from './tokenizer.js';

const RULES: Readonly<Record<TokenizerClass, ClassRules | undefined>> = {
  bert,
  distilbert: distilBert,
  roberta,
  'xlm-roberta': xlmRoberta,
  mpnet,
  albert,
  'deberta-v2': debertaV2,
  file: undefined,
};

const DEFAULT_INPUT_NAMES = ['input_ids', 'attention_mask'] as const;

export interface LoadTokenizerOptions {
  /** Whether to lower-case texts first: `do_lower_case` of sentence_bert_config.json. */
  readonly lowerCase?: boolean;
}

interface TokenizerFile {
  readonly path: string;
  readonly text: string;
  readonly json: TokenizerJson;
}

const LOAD_RULES: OptionRules<Required<LoadTokenizerOptions>> = { lowerCase: flag(false) };

/**
 * The tokenizer of a folder, as transformers 5.23 loads it: tokenizer.json with, if present, tokenizer_config.json,
 * special_tokens_map.json, added_tokens.json and the model type of config.json. For BERT and RoBERTa it may also be
 * vocab.txt, or vocab.json and merges.txt.
 *
 * @throws ModelFileError that names the file and the key
 * @throws TokenizerUnavailableError if the native library does not load
 */
export async function loadTokenizer(folder: string, options: LoadTokenizerOptions = {}): Promise<Tokenizer> {
  checkArguments('loadTokenizer', { folder: aPath }, { folder });
  const { lowerCase } = resolveOptions('loadTokenizer', LOAD_RULES, options);
  const path = join(folder, 'tokenizer.json');
  const file = existsSync(path) ? parseFile(readBytes(path, 'tokenizer'), path) : undefined;
  if (file !== undefined) await tryPatterns([file.json.normalizer, file.json.pre_tokenizer], path);
  const settings = readTokenizerSettings(folder, file?.json);
  const means = pythonOnlyMeans(settings.declaredClass);
  if (file === undefined && means !== undefined) {
    throw new ModelFileError(
      `${folder}: its tokenizer is a ${settings.declaredClass}, which works with ${means} in Python and has no tokenizer.json; it is not supported`,
    );
  }
  const tokenizerClass = chooseTokenizerClass(settings.modelType, settings.declaredClass);
  const rules = RULES[tokenizerClass];
  const tokens = resolveTokens(settings, rules, file?.json);
  const blueprint = draw(folder, tokenizerClass, file, settings, tokens.special);
  const library = await loadNativeLibrary();
  const native = assemble(library, blueprint, tokens.toAdd, lowerCase);
  return NativeTokenizerAdapter.create(native, {
    source: blueprint.source,
    paddingToken: tokens.special.pad_token,
    unknownToken: tokens.special.unk_token,
    specialTokens: tokens.all,
    paddingSide: settings.paddingSide ?? 'right',
    truncationSide: settings.truncationSide ?? 'right',
    splitSpecialTokens: settings.splitSpecialTokens,
    modelMaxLength: settings.modelMaxLength,
    modelInputNames: settings.modelInputNames ?? rules?.inputNames ?? DEFAULT_INPUT_NAMES,
    lowerCase,
    files: readTokenizerFiles(folder),
    split: () => assembleSplitting(library, blueprint, tokens.toAdd, lowerCase, native),
  });
}

function parseFile(bytes: Uint8Array, path: string): TokenizerFile {
  const json = readTokenizerJson(bytes, path);
  return { path, json, text: new TextDecoder().decode(bytes) };
}

function draw(
  folder: string,
  tokenizerClass: TokenizerClass,
  file: TokenizerFile | undefined,
  settings: TokenizerSettings,
  special: SpecialTokens,
): Blueprint {
  const rules = RULES[tokenizerClass];
  const model = file?.json.model ?? readVocabularyFiles(folder, tokenizerClass);
  if (rules !== undefined) {
    return rebuild(rules, {
      model,
      special,
      options: settings.options,
      normalizer: file?.json.normalizer ?? null,
      postProcessor: file?.json.post_processor ?? null,
      source: file?.path ?? folder,
    });
  }
  if (file === undefined) throw new ModelFileError(`${folder} holds no tokenizer.json`);
  return {
    source: file.path,
    json: file.text,
    added: file.json.added_tokens,
    normalizer: file.json.normalizer,
    postProcessor: file.json.post_processor === null ? () => BARE_TEMPLATE : undefined,
  };
}
