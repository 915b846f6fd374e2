import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFileError } from '../errors.js';
import { orForeign } from '../files/folder/foreign-folder.js';
import { fromOneVersion } from '../files/folder/one-version.js';
import { parseJson } from '../files/json/parse-json.js';
import { readBytes } from '../files/read-bytes.js';
import { readWeights } from '../files/safetensors/read-weights.js';
import type { TextModule } from '../modules/module.js';
import { Parameters } from '../modules/parameters.js';
import {
  type ConfigFile as TransformerSettings,
  type Task,
  TASKS,
} from '../modules/transformer/transformer-config.js';
import { transformerKind, type TransformerKind } from '../modules/transformer/transformer.js';
import { countFrom, flag, nullable, oneOf, type OptionRules, resolveGiven } from '../options.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { LOCATE_RULES, locateModel, type LocateOptions } from './locate.js';
import { type ConfigFile, inFile, readConfigFile, weightsPath } from './module-files.js';
import { disposeModules } from './module-tree.js';
import { tiesIn } from './ties.js';
import { parametersFrom } from './weights.js';

export interface LoadTransformerOptions extends LocateOptions {
  /**
   * `fill-mask`: a masked language model with its head, for SpladePooling; `feature-extraction`: the hidden states alone.
   * Default: as sentence_bert_config.json says, else `feature-extraction`.
   */
  readonly transformerTask?: Task;
  /** Longest text in tokens, special ones included. */
  readonly maxSeqLength?: number;
  /** Whether texts are made lower-case first, whatever the tokenizer does. */
  readonly doLowerCase?: boolean;
}

const RULES: OptionRules<{
  readonly [K in keyof LoadTransformerOptions]-?: LoadTransformerOptions[K] | null;
}> = {
  ...LOCATE_RULES,
  transformerTask: nullable(oneOf(TASKS)),
  maxSeqLength: nullable(countFrom(1)),
  doLowerCase: nullable(flag(false)),
};

const MODEL_CONFIG_FILE = 'config.json';
/** What the config of a transformer was called, by its architecture, in early versions. */
const OLD_CONFIGS = ['roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'].map(
  (architecture) => `sentence_${architecture}_config.json`,
);

/**
 * A Transformer, with its tokenizer, as the first module of an encoder: out of the folder of a checkpoint of
 * transformers, or a model id in the local hub cache, or one to be downloaded into it.
 *
 * @throws InputError, DownloadError where there is no such model
 * @throws OptionError for options that are unknown or of the wrong kind
 * @throws ModelFileError naming the file and what is wrong with it
 */
export async function loadTransformer(
  pathOrId: string,
  options: LoadTransformerOptions = {},
): Promise<TextModule> {
  const { transformerTask, maxSeqLength, doLowerCase, ...place } = resolveGiven<LoadTransformerOptions>(
    'loadTransformer',
    RULES,
    options,
  );
  const changes = {
    ...(transformerTask !== undefined && { task: transformerTask }),
    ...(maxSeqLength !== undefined && { maxLength: maxSeqLength }),
    ...(doLowerCase !== undefined && { lowerCase: doLowerCase }),
  };
  return await fromOneVersion(
    () => locateModel(pathOrId, place, null),
    (folder) =>
      loadTransformerModule(folder, transformerKind, readTransformerConfig(folder), { given: changes }),
    async (module) => disposeModules([module]),
  );
}

export function readTransformerConfig(folder: string): ConfigFile {
  return readConfigFile(folder, transformerKind.configFile, OLD_CONFIGS);
}

export interface TransformerChoice {
  /** Takes the place of what its config says. */
  readonly given?: Partial<TransformerSettings>;
  /** Whether its weights are elsewhere: it can then not compute. */
  readonly weightless?: boolean;
  /** Whether the module after it takes logits. */
  readonly beforeLogits?: boolean;
}

/**
 * A transformer of this kind out of a checkpoint of transformers.
 *
 * @throws ModelFileError
 */
export async function loadTransformerModule(
  folder: string,
  kind: TransformerKind,
  { path, json }: ConfigFile,
  { given = {}, weightless = false, beforeLogits = false }: TransformerChoice = {},
): Promise<TextModule> {
  const modelConfigPath = join(folder, MODEL_CONFIG_FILE);
  if (!existsSync(modelConfigPath)) {
    throw new ModelFileError(
      orForeign(`${folder} has no ${MODEL_CONFIG_FILE}, which a ${kind.name} needs`, folder),
    );
  }
  const configBytes = readBytes(modelConfigPath, 'config');
  const modelConfig = new TextDecoder().decode(configBytes);
  const surroundings = {
    modelConfig: parseJson(configBytes, modelConfigPath, { kind: 'config' }),
    beforeLogits,
  };
  const read = inFile([path, modelConfigPath], () => kind.readConfig(json, surroundings));
  const config = { ...read, file: { ...read.file, ...given } };
  const tokenizer = await loadTokenizer(folder, { lowerCase: config.file.lowerCase });
  const parts = { tokenizer, checkpoint: { modelConfig } };
  if (weightless) return kind.create(config, new Parameters(new Map()), parts) as TextModule;
  const weights = readWeights(folder);
  const source = weightsPath(folder);
  const found = { ...config, ties: tiesIn(config, weights, source) };
  const parameters = parametersFrom(source, weights, kind.everyParameter(found), kind.ignoredTensors(found));
  return kind.create(found, parameters, parts) as TextModule;
}
