import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { ModelFileError } from '../errors.js';
import { checkRelativePath, resolveInside } from '../files/folder/resolve-inside.js';
import { readJsonFile } from '../files/json/read-json-file.js';
import { preview } from '../files/preview.js';
import { readWeights, WEIGHTS_FILE, WEIGHTS_INDEX_FILE } from '../files/safetensors/read-weights.js';
import { moduleKindOf } from '../modules/catalog.js';
import type { Module, ModuleKind } from '../modules/module.js';
import { Parameters } from '../modules/parameters.js';
import { Router, routerKind } from '../modules/router.js';
import { fromTokenWeights, sparseStaticEmbeddingKind } from '../modules/sparse-static-embedding.js';
import {
  mlmTransformerKind,
  transformerKind,
  type TransformerKind,
} from '../modules/transformer/transformer.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { isExported } from './exported/is-exported.js';
import { parametersFrom } from './weights.js';

/** A model that is being loaded. */
export interface ModelFolder {
  readonly root: string;
  /** Gets each module, so that whoever gives up can let go of its parameters. */
  readonly made: Module[];
  /** The file that names the class of the module at hand. */
  readonly namedBy?: string;
}

/** A module's config, and the file that it is of. */
export interface ConfigFile {
  readonly path: string;
  readonly json: unknown;
}

const anyJson = z.unknown();
const MODEL_CONFIG_FILE = 'config.json';
const TRANSFORMERS: readonly TransformerKind[] = [transformerKind, mlmTransformerKind];
/** What the config of a transformer was called, by its architecture, in early versions. */
const OLD_TRANSFORMER_CONFIGS = ['roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'].map(
  (architecture) => `sentence_${architecture}_config.json`,
);

/**
 * One module out of its folder, a router with all of its own.
 *
 * @param type the dotted class that a config names
 * @throws ModelFileError
 */
export async function loadModule(folder: string, type: string, model: ModelFolder): Promise<Module> {
  const kind = inFile(model.namedBy ?? folder, () => moduleKindOf(type));
  if (kind === routerKind) return await loadRouter(folder, model);
  const transformer = TRANSFORMERS.find(({ name }) => name === kind.name);
  const file = readConfigFile(folder, kind.configFile, transformer && OLD_TRANSFORMER_CONFIGS);
  if (transformer !== undefined) return await loadTransformerKind(folder, transformer, file, model);
  if (kind === sparseStaticEmbeddingKind) return await loadStatic(folder, file, model);
  return loadKind(folder, kind, file, model);
}

/** A module that takes no texts. */
function loadKind(
  folder: string,
  kind: ModuleKind,
  { path, json }: ConfigFile,
  { made }: ModelFolder,
): Module {
  const config = inFile(path, () => kind.readConfig(json, {}));
  const specs = kind.parameters(config);
  const parameters =
    specs.length === 0
      ? new Parameters(new Map())
      : parametersFrom(weightsPath(folder), readWeights(folder), specs);
  const module = kind.create(config, parameters);
  made.push(module);
  return module;
}

/** A transformer with this config out of a checkpoint of transformers. */
export async function loadTransformerKind(
  folder: string,
  kind: TransformerKind,
  { path, json }: ConfigFile,
  { root, made }: Pick<ModelFolder, 'root' | 'made'>,
): Promise<Module> {
  const modelConfigPath = join(folder, MODEL_CONFIG_FILE);
  const surroundings = { modelConfig: readJsonFile(modelConfigPath, anyJson) };
  const config = inFile([path, modelConfigPath], () => kind.readConfig(json, surroundings));
  const tokenizer = await loadTokenizer(folder, { lowerCase: config.file.lowerCase });
  const text = await readFile(modelConfigPath, 'utf8');
  if (isExported(root, folder)) {
    const files = { tokenizer, checkpoint: { modelConfig: text, unused: [] } };
    return kind.create(config, new Parameters(new Map()), files);
  }
  const weights = readWeights(folder);
  const specs = kind.parameters(config);
  const parameters = parametersFrom(weightsPath(folder), weights, specs, kind.ignoredTensors(config));
  const unused = kind.unusedParameters(config).flatMap((spec) => {
    const found = [spec.name, ...(spec.aliases ?? [])].find((name) => weights.tensors.has(name));
    const tensor = found === undefined ? undefined : weights.tensors.get(found);
    return tensor === undefined ? [] : [{ ...tensor, name: spec.name }];
  });
  const module = kind.create(config, parameters, { tokenizer, checkpoint: { modelConfig: text, unused } });
  made.push(module);
  return module;
}

/** The file that names the tensors: of several, their index. */
function weightsPath(folder: string): string {
  const path = join(folder, WEIGHTS_FILE);
  return existsSync(path) ? path : join(folder, WEIGHTS_INDEX_FILE);
}

/** The width of a static embedding is that of its tokenizer; its weights may be a map of tokens. */
async function loadStatic(
  folder: string,
  { path: configPath, json }: ConfigFile,
  { root, made }: ModelFolder,
): Promise<Module> {
  const kind = sparseStaticEmbeddingKind;
  const tokenizer = await loadTokenizer(folder);
  const { vocabularySize } = tokenizer;
  const config = inFile(configPath, () => kind.readConfig(json, { vocabularySize }));
  const { weightsPath: map, frozen } = config;
  let module: Module;
  if (map === null) {
    const weights = parametersFrom(weightsPath(folder), readWeights(folder), kind.parameters(config));
    module = kind.create(config, weights, { tokenizer });
  } else {
    const path = tokenWeightsPath(map, folder, root, configPath);
    module = fromTokenWeights(readJsonFile(path, anyJson), tokenizer, { frozen, source: path });
  }
  made.push(module);
  return module;
}

/** Beside the module's config, else in the model's folder. */
function tokenWeightsPath(map: string, folder: string, root: string, configPath: string): string {
  checkRelativePath(map, `${configPath}, path`);
  const found = [folder, root].map((each) => resolveInside(each, map)).find(existsSync);
  if (found !== undefined) return found;
  throw new ModelFileError(
    `${configPath}: path is ${preview(map)}; expected a map of tokens to weights, which is neither in ${folder} nor in ${root}`,
  );
}

async function loadRouter(folder: string, model: ModelFolder): Promise<Module> {
  const path = [routerKind.configFile, 'config.json'].map((name) => join(folder, name)).find(existsSync);
  if (path === undefined)
    throw new ModelFileError(`${folder} has no ${routerKind.configFile}, which a Router needs`);
  const json = readJsonFile(path, anyJson);
  const config = inFile(path, () => routerKind.readConfig(json, {}));
  const modules = new Map<string, Module>();
  for (const [name, type] of config.types) {
    modules.set(name, await loadModule(resolveInside(folder, name), type, { ...model, namedBy: path }));
  }
  const routes = new Map(
    [...config.structure].map(([route, names]) => [route, names.flatMap((name) => modules.get(name) ?? [])]),
  );
  return new Router({ ...config, routes });
}

/** The config file of a module; {} where there is none, as in the reference. */
function readConfigFile(folder: string, name: string, oldNames: readonly string[] = []): ConfigFile {
  const path = [name, ...oldNames].map((each) => join(folder, each)).find(existsSync);
  if (path === undefined) return { path: join(folder, name), json: {} };
  return { path, json: readJsonFile(path, anyJson) };
}

/** Says in an error of a config which file it is about: where there are several, that whose name it begins with. */
function inFile<T>(paths: string | readonly string[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    const { message } = error;
    const [first = ''] = [paths].flat();
    const named = [paths].flat().find((path) => message.startsWith(basename(path)));
    const told = named === undefined ? `${first}: ${message}` : join(dirname(named), message);
    throw new ModelFileError(told, { cause: error });
  }
}
