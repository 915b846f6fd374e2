import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelFileError } from '../errors.js';
import { resolveInside } from '../files/folder/resolve-inside.js';
import { readJsonFile } from '../files/json/read-json-file.js';
import type { StoredTensor } from '../files/safetensors/read.js';
import { readWeights, WEIGHTS_FILE } from '../files/safetensors/read-weights.js';
import { moduleKindOf } from '../modules/catalog.js';
import type { Module, ModuleKind } from '../modules/module.js';
import { Parameters } from '../modules/parameters.js';
import { Router, routerKind } from '../modules/router.js';
import type { RouterConfig } from '../modules/router-config.js';
import { fromTokenWeights, sparseStaticEmbeddingKind } from '../modules/sparse-static-embedding.js';
import { mlmTransformerKind, transformerKind } from '../modules/transformer/transformer.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { readTokenizerFiles } from './tokenizer-files.js';
import { parametersFrom } from './weights.js';

/** What a module has in its folder besides what it computes with. */
export interface ModuleFiles {
  readonly tokenizer?: Tokenizer;
  readonly tokenizerFiles?: ReadonlyMap<string, Uint8Array>;
  /** The text of a transformer's config.json. */
  readonly modelConfig?: string;
  /** Tensors of its weights file that belong to it and that nothing depends on. */
  readonly unused: readonly StoredTensor[];
}

/** The modules of a model, and by module its files; those within routers too. */
export interface LoadedModules {
  readonly modules: readonly Module[];
  readonly files: ReadonlyMap<Module, ModuleFiles>;
}

/** A model that is being loaded. */
export interface ModelFolder {
  readonly root: string;
  /** Gets those of each module. */
  readonly files: Map<Module, ModuleFiles>;
}

const anyJson = z.unknown();
const MODEL_CONFIG_FILE = 'config.json';
const TRANSFORMERS: readonly unknown[] = [transformerKind, mlmTransformerKind];
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
  const kind = moduleKindOf(type);
  if (kind === routerKind) return await loadRouter(folder, model);
  return await loadKind(folder, kind, readConfigFile(folder, kind), model);
}

/** A module of this kind whose config file holds `json`. */
export async function loadKind(
  folder: string,
  kind: ModuleKind,
  json: unknown,
  { root, files }: ModelFolder,
): Promise<Module> {
  if (kind === sparseStaticEmbeddingKind) return await loadStatic(folder, json, { root, files });
  const isTransformer = TRANSFORMERS.includes(kind);
  const path = join(folder, isTransformer ? MODEL_CONFIG_FILE : kind.configFile);
  const surroundings = isTransformer ? { modelConfig: readJsonFile(path, anyJson) } : {};
  const config = inFile(path, () => kind.readConfig(json, surroundings));
  const specs = kind.parameters(config);
  const weights = specs.length === 0 ? undefined : readWeights(folder);
  const parameters =
    weights === undefined
      ? new Parameters(new Map())
      : parametersFrom(join(folder, WEIGHTS_FILE), weights, specs, kind.ignoredTensors?.(config));
  const module = kind.create(config, parameters);
  const unused = (kind.unusedParameters?.(config) ?? []).flatMap((spec) => {
    const found = [spec.name, ...(spec.aliases ?? [])].find((name) => weights?.tensors.has(name));
    const tensor = found === undefined ? undefined : weights?.tensors.get(found);
    return tensor === undefined ? [] : [{ ...tensor, name: spec.name }];
  });
  files.set(module, {
    ...(isTransformer && (await transformerFiles(folder, module))),
    unused,
  });
  return module;
}

async function transformerFiles(folder: string, module: Module): Promise<Omit<ModuleFiles, 'unused'>> {
  const lowerCase = module.input?.lowerCase ?? false;
  return {
    tokenizer: await loadTokenizer(folder, { lowerCase }),
    tokenizerFiles: await readTokenizerFiles(folder),
    modelConfig: await readFile(join(folder, MODEL_CONFIG_FILE), 'utf8'),
  };
}

/** The width of a static embedding is that of its tokenizer; its weights may be a map of tokens. */
async function loadStatic(folder: string, json: unknown, { root, files }: ModelFolder): Promise<Module> {
  const kind = sparseStaticEmbeddingKind;
  const tokenizer = await loadTokenizer(folder);
  const { vocabularySize } = tokenizer;
  const config = inFile(join(folder, kind.configFile), () => kind.readConfig(json, { vocabularySize }));
  const { weightsPath, frozen } = config;
  let module: Module;
  if (weightsPath === null) {
    const weights = parametersFrom(join(folder, WEIGHTS_FILE), readWeights(folder), kind.parameters(config));
    module = kind.create(config, weights);
  } else {
    const beside = resolveInside(folder, weightsPath);
    const path = existsSync(beside) ? beside : resolveInside(root, weightsPath);
    module = fromTokenWeights(readJsonFile(path, anyJson), tokenizer, { frozen, source: path });
  }
  files.set(module, { tokenizer, tokenizerFiles: await readTokenizerFiles(folder), unused: [] });
  return module;
}

async function loadRouter(folder: string, model: ModelFolder): Promise<Module> {
  const path = [routerKind.configFile, 'config.json'].map((name) => join(folder, name)).find(existsSync);
  if (path === undefined)
    throw new ModelFileError(`${folder} has no ${routerKind.configFile}, which a Router needs`);
  const config = inFile(path, () => routerKind.readConfig(readJsonFile(path, anyJson), {}) as RouterConfig);
  const modules = new Map<string, Module>();
  for (const [name, type] of config.types) {
    modules.set(name, await loadModule(resolveInside(folder, name), type, model));
  }
  const routes = new Map(
    [...config.structure].map(([route, names]) => [route, names.flatMap((name) => modules.get(name) ?? [])]),
  );
  return new Router({ ...config, routes });
}

/** The config file of a module; {} where there is none, as in the reference. */
function readConfigFile(folder: string, kind: ModuleKind): unknown {
  const names = TRANSFORMERS.includes(kind)
    ? [kind.configFile, ...OLD_TRANSFORMER_CONFIGS]
    : [kind.configFile];
  const path = names.map((name) => join(folder, name)).find(existsSync);
  return path === undefined ? {} : readJsonFile(path, anyJson);
}

/** Says in an error of a config which file it is about. */
function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ModelFileError && !error.message.includes(path)) {
      throw new ModelFileError(`${path}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
