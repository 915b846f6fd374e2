import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onEncodingEngine } from '../engine/set-engine.js';
import { ModelFileError } from '../errors.js';
import { checkRelativePath, resolveInside } from '../files/folder/resolve-inside.js';
import { readAnyJson } from '../files/json/read-json-file.js';
import { preview } from '../files/preview.js';
import { readWeights } from '../files/safetensors/read-weights.js';
import { kindOfClass, moduleKindOf } from '../modules/catalog.js';
import type { Module, ModuleKind } from '../modules/module.js';
import { Parameters } from '../modules/parameters.js';
import type { RouterConfig } from '../modules/router-config.js';
import { router, routerKind } from '../modules/router.js';
import { fromTokenWeights, sparseStaticEmbeddingKind } from '../modules/sparse-static-embedding.js';
import {
  mlmTransformerKind,
  transformerKind,
  type TransformerKind,
} from '../modules/transformer/transformer.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { warn } from '../warnings.js';
import { isExported } from './exported/is-exported.js';
import { loadTransformerModule, readTransformerConfig } from './load-transformer.js';
import type { LocateOptions } from './locate.js';
import { inFile, readConfigFile, weightsPath } from './module-files.js';
import { parametersFrom } from './weights.js';

/** A model that is being loaded. */
export interface ModelFolder {
  readonly root: string;
  /** How the base model of an adapter is found. */
  readonly locate: LocateOptions;
  /** Collects the modules, so that their parameters can be released if loading fails. */
  readonly made: Module[];
  /** The file that names the class of the present module. */
  readonly namedBy?: string;
}

/** The neighbours of a module. */
export interface Neighbours {
  readonly before?: Module | undefined;
  /** The dotted class of the following module. */
  readonly after?: string | undefined;
}

const TRANSFORMERS: readonly TransformerKind[] = [transformerKind, mlmTransformerKind];

/**
 * Loads a module from its folder; a router with all its modules.
 *
 * @param type the dotted class in a config
 * @throws ModelFileError
 */
export async function loadModule(
  folder: string,
  type: string,
  model: ModelFolder,
  neighbours: Neighbours = {},
): Promise<Module> {
  const kind = inFile(model.namedBy ?? folder, () => moduleKindOf(type));
  // A router's modules are collected one by one.
  if (kind === routerKind) return await loadRouter(folder, model);
  const transformer = TRANSFORMERS.find(({ name }) => name === kind.name);
  let module: Module;
  if (transformer !== undefined) {
    module = await loadTransformerModule(folder, transformer, readTransformerConfig(folder), {
      locate: model.locate,
      weightless: isExported(model.root, folder),
      beforeLogits: neighbours.after !== undefined && kindOfClass(neighbours.after)?.takesLogits === true,
    });
  } else if (kind === sparseStaticEmbeddingKind) module = await loadStatic(folder, model.root);
  else module = loadWithoutTexts(folder, kind, neighbours.before);
  model.made.push(module);
  return module;
}

/** Loads a module that takes no texts. */
function loadWithoutTexts(folder: string, kind: ModuleKind, before: Module | undefined): Module {
  const { path, json } = readConfigFile(folder, kind.configFile);
  if (kind.needsNoConfig !== true && !existsSync(path)) {
    warn(`${path} is missing; ${kind.name} takes its defaults`);
  }
  const tokenWidth = before?.modelConfig === undefined ? undefined : before.dimension;
  const config = inFile(path, () => kind.readConfig(json, { tokenWidth }));
  const specs = kind.parameters(config);
  return kind.create(
    config,
    specs.length === 0
      ? new Parameters(new Map())
      : parametersFrom(weightsPath(folder), readWeights(folder), specs),
  );
}

/** The width of a static embedding is the number of its tokenizer's ids. Its weights may be a map of tokens. */
async function loadStatic(folder: string, root: string): Promise<Module> {
  const kind = sparseStaticEmbeddingKind;
  const { path: configPath, json } = readConfigFile(folder, kind.configFile);
  const tokenizer = await loadTokenizer(folder);
  const { vocabularySize } = tokenizer;
  const config = inFile(configPath, () => kind.readConfig(json, { vocabularySize }));
  const { weightsPath: map, frozen } = config;
  if (map === null) {
    const weights = parametersFrom(weightsPath(folder), readWeights(folder), kind.parameters(config));
    return kind.create(config, weights, { tokenizer });
  }
  const path = tokenWeightsPath(map, folder, root, configPath);
  const weights = readAnyJson(path, 'tokenWeights');
  return onEncodingEngine(() => fromTokenWeights(weights, tokenizer, { frozen, source: path }));
}

/** Beside the module's config, or otherwise in the model's folder. */
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
  if (path === undefined) {
    throw new ModelFileError(`${folder} has no ${routerKind.configFile}, which a Router needs`);
  }
  const json = readAnyJson(path);
  const config = inFile(path, () => routerKind.readConfig(json, {}));
  const modules = new Map<string, Module>();
  for (const [name, type] of inOrderOfRoutes(config)) {
    const inner = resolveInside(folder, name);
    if (inner === resolve(folder) && inFile(path, () => moduleKindOf(type)) === routerKind) {
      throw new ModelFileError(
        `${path}: types["${name}"] is a Router in the folder of the Router that has it; expected another module`,
      );
    }
    const neighbours = neighboursIn(config, name, modules);
    modules.set(name, await loadModule(inner, type, { ...model, namedBy: path }, neighbours));
  }
  const routes = new Map(
    [...config.structure].map(([route, names]) => [route, names.flatMap((name) => modules.get(name) ?? [])]),
  );
  const { defaultRoute, allowEmptyKey, routeMappings } = config;
  return router({ routes, defaultRoute, allowEmptyKey, routeMappings });
}

/** The classes of a router's modules by folder, each after the modules before it. */
function inOrderOfRoutes({ structure, types }: RouterConfig): [name: string, type: string][] {
  const names = new Set([...[...structure.values()].flat(), ...types.keys()]);
  return [...names].flatMap((name) => {
    const type = types.get(name);
    return type === undefined ? [] : [[name, type] satisfies [string, string]];
  });
}

/** The neighbours in the first route that has the module. */
function neighboursIn(
  { structure, types }: RouterConfig,
  name: string,
  loaded: ReadonlyMap<string, Module>,
): Neighbours {
  const route = [...structure.values()].find((names) => names.includes(name)) ?? [];
  const at = route.indexOf(name);
  const [before, after] = [at > 0 ? route[at - 1] : undefined, route[at + 1]];
  return {
    before: before === undefined ? undefined : loaded.get(before),
    after: after === undefined ? undefined : types.get(after),
  };
}
