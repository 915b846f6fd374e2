import { counted } from '../counted.js';
import { describe } from '../describe.js';
import { ModelFileError } from '../errors.js';
import { MAX_MODULES } from '../files/limits.js';
import { preview } from '../files/preview.js';
import { flag, nullable, type OptionRule, type OptionRules } from '../options.js';
import { jsonObject, readConfig, writeConfig } from './read-config.js';
import { readMappingKey, type RouteMapping, writeMappingKey } from './route-mapping.js';

/** The contents of router_config.json: the classes of the modules by folder, and the folders of each route in order. */
export interface RouterConfig {
  /** Folder -> dotted class. A module that several routes share appears once. */
  readonly types: ReadonlyMap<string, string>;
  /** Route -> folders. */
  readonly structure: ReadonlyMap<string, readonly string[]>;
  /** The route if neither task nor modality determines one; null means none. */
  readonly defaultRoute: string | null;
  /** Whether the first route is the default if none is named. */
  readonly allowEmptyKey: boolean;
  readonly routeMappings: readonly RouteMapping[];
}

interface RouterParameters {
  readonly defaultRoute: string | null;
  readonly allowEmptyKey: boolean;
  readonly routeMappings: Record<string, unknown> | null;
}

const FILE = 'router_config.json';

const text: OptionRule<string> = { expects: 'a text', accepts: (value) => typeof value === 'string' };

const PARAMETERS: OptionRules<RouterParameters> = {
  defaultRoute: nullable(text),
  allowEmptyKey: flag(true),
  routeMappings: nullable({
    expects: 'an object',
    accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  }),
};

/**
 * @throws ModelFileError that names the missing or wrong key. An unreadable route mapping is such an error, too; the
 *   reference skips it with a warning, and then takes a route that was not meant.
 */
export function readRouterConfig(json: unknown): RouterConfig {
  const { types: givenTypes, structure: givenStructure, parameters } = jsonObject(FILE, json);
  const types = new Map(
    Object.entries(jsonObject(`types in ${FILE}`, givenTypes)).map(([folder, type]) => [
      innerFolder(folder),
      textAt(`types["${folder}"]`, type),
    ]),
  );
  if (types.size > MAX_MODULES) {
    throw new ModelFileError(
      `types in ${FILE} has ${counted(types.size, 'module')}; expected at most ${MAX_MODULES}`,
    );
  }
  const structure = new Map(
    Object.entries(jsonObject(`structure in ${FILE}`, givenStructure)).map(([route, folders]) => [
      route,
      foldersOf(route, folders, types),
    ]),
  );
  const named = [...structure.values()].reduce((sum, folders) => sum + folders.length, 0);
  if (named > MAX_MODULES) {
    throw new ModelFileError(
      `structure in ${FILE} names ${named} modules in its routes; expected at most ${MAX_MODULES}`,
    );
  }
  if (structure.size === 0) throw new ModelFileError(`structure in ${FILE} is empty; expected a route`);
  const { defaultRoute, allowEmptyKey, routeMappings } = readConfig('Router', PARAMETERS, parameters ?? {});
  if (defaultRoute !== null) requireRoute('default_route', defaultRoute, structure);
  return {
    types,
    structure,
    defaultRoute,
    allowEmptyKey,
    routeMappings: Object.entries(routeMappings ?? {}).map(([key, route]) => mapping(key, route, structure)),
  };
}

export function writeRouterConfig(config: RouterConfig): Record<string, unknown> {
  const { types, structure, defaultRoute, allowEmptyKey, routeMappings } = config;
  const mappings = new Map(routeMappings.map((each) => [writeMappingKey(each), each.route]));
  return {
    types: Object.fromEntries(types),
    structure: Object.fromEntries(structure),
    parameters: writeConfig({ defaultRoute, allowEmptyKey, routeMappings: Object.fromEntries(mappings) }),
  };
}

/** A folder inside the model on every platform; empty means the router's own folder. */
function innerFolder(folder: string): string {
  if (folder.startsWith('/') || folder.split('/').includes('..') || /[\\:\0]/.test(folder)) {
    throw new ModelFileError(`types in ${FILE} has the key "${folder}"; expected a folder inside the model`);
  }
  return folder;
}

function textAt(key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new ModelFileError(`${key} in ${FILE} is ${describe(value)}; expected a text`);
}

function foldersOf(route: string, folders: unknown, types: ReadonlyMap<string, string>): readonly string[] {
  const key = `structure["${route}"]`;
  if (!Array.isArray(folders) || folders.length === 0) {
    throw new ModelFileError(
      `${key} in ${FILE} is ${describe(folders)}; expected a list of one folder or more`,
    );
  }
  return folders.map((folder, index) => {
    const name = textAt(`${key}[${index}]`, folder);
    if (types.has(name)) return name;
    throw new ModelFileError(`${key}[${index}] in ${FILE} is "${name}", which types does not have`);
  });
}

function mapping(key: string, route: unknown, structure: RouterConfig['structure']): RouteMapping {
  const read = readMappingKey(key);
  if (read === undefined) {
    throw new ModelFileError(
      `route_mappings in ${FILE} has the key ${preview(key)}; expected a pair such as "('query', 'text')" or "('query', None)"`,
    );
  }
  return { ...read, route: requireRoute(`route_mappings["${key}"]`, route, structure) };
}

function requireRoute(key: string, value: unknown, structure: RouterConfig['structure']): string {
  const route = textAt(key, value);
  if (structure.has(route)) return route;
  throw new ModelFileError(
    `${key} in ${FILE} is "${route}"; expected one of the routes ${[...structure.keys()].map((each) => `"${each}"`).join(', ')}`,
  );
}
