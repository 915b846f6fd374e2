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
import {
  type Transformer,
  transformerKind,
  type TransformerKind,
} from '../modules/transformer/transformer.js';
import { countFrom, flag, nullable, oneOf, type OptionRules, resolveGiven } from '../options.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { attachStored, readAdapter } from './adapter-files.js';
import { LOCATE_RULES, locateModel, type LocateOptions } from './locate.js';
import { type ConfigFile, inFile, readConfigFile, weightsPath } from './module-files.js';
import { disposeModules } from './module-tree.js';
import { sourceOf } from './origin.js';
import { tiesIn } from './ties.js';
import { parametersFrom } from './weights.js';

export interface LoadTransformerOptions extends LocateOptions {
  /**
   * `fill-mask`: a masked language model with its head, for SpladePooling; `feature-extraction`: only the hidden
   * states. Default: as sentence_bert_config.json says, otherwise `feature-extraction`.
   */
  readonly transformerTask?: Task;
  /** The longest text in tokens, including special ones. */
  readonly maxSeqLength?: number;
  /** Whether texts are lower-cased first, whatever the tokenizer does. */
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
/** Names of a transformer's config in early versions, by architecture. */
const OLD_CONFIGS = ['roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'].map(
  (architecture) => `sentence_${architecture}_config.json`,
);

/**
 * A Transformer with its tokenizer, as the first module of an encoder. It comes from the folder of a transformers
 * checkpoint, or from a model id, which is looked up in the local hub cache and downloaded into it if necessary.
 *
 * @throws InputError, DownloadError if there is no such model
 * @throws OptionError if an option is unknown or of the wrong type
 * @throws ModelFileError that names the file and what is wrong with it
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
      loadTransformerModule(folder, transformerKind, readTransformerConfig(folder), {
        given: changes,
        locate: place,
      }),
    async (module) => disposeModules([module]),
  );
}

export function readTransformerConfig(folder: string): ConfigFile {
  return readConfigFile(folder, transformerKind.configFile, OLD_CONFIGS);
}

export interface TransformerChoice {
  /** Replaces settings of its config. */
  readonly given?: Partial<TransformerSettings>;
  /** Whether its weights are elsewhere. It then cannot compute. */
  readonly weightless?: boolean;
  /** Whether the following module takes logits. */
  readonly beforeLogits?: boolean;
  /** How the base model of an adapter is found. */
  readonly locate?: LocateOptions;
}

/**
 * Loads a transformer of this kind from a transformers checkpoint.
 *
 * @throws ModelFileError
 */
export async function loadTransformerModule(
  folder: string,
  kind: TransformerKind,
  { path, json }: ConfigFile,
  { given = {}, weightless = false, beforeLogits = false, locate = {} }: TransformerChoice = {},
): Promise<TextModule> {
  const adapter = await readAdapter(folder, locate);
  const home = adapter?.baseFolder ?? folder;
  const modelConfigPath = join(home, MODEL_CONFIG_FILE);
  if (!existsSync(modelConfigPath)) {
    throw new ModelFileError(
      orForeign(`${home} has no ${MODEL_CONFIG_FILE}, which a ${kind.name} needs`, home),
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
  const parts = { tokenizer, checkpoint: { modelConfig, source: sourceOf(home), folder: home } };
  if (weightless) return kind.create(config, new Parameters(new Map()), parts) as TextModule;
  const weights = readWeights(home);
  const source = weightsPath(home);
  const found = { ...config, ties: tiesIn(config, weights, source) };
  const parameters = parametersFrom(source, weights, kind.everyParameter(found), kind.ignoredTensors(found));
  const transformer = kind.create(found, parameters, parts) as Transformer & TextModule;
  if (adapter !== undefined) {
    try {
      attachStored(transformer, adapter);
    } catch (error) {
      disposeModules([transformer]);
      throw error;
    }
  }
  return transformer;
}
