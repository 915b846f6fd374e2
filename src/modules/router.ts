import { checkArguments, isObject, objectWith, optional } from '../arguments.js';
import { describe } from '../describe.js';
import { InputError, OptionError, UsageError } from '../errors.js';
import type { Features } from '../features.js';
import { aText, flag, nullable, type OptionRule, type OptionRules, resolveOptions } from '../options.js';
import { warn } from '../warnings.js';
import { checkForward } from './check-forward.js';
import { typeOf } from './module-type.js';
import type { ForwardOptions, Module, ModuleKind } from './module.js';
import { Parameters } from './parameters.js';
import type { RouteMapping } from './route-mapping.js';
import type { RoutedModule } from './routed-module.js';
import { readRouterConfig, type RouterConfig, writeRouterConfig } from './router-config.js';

export interface RouterOptions {
  /** The modules of each route, in order. Routes may share modules. */
  readonly routes: ReadonlyMap<string, readonly Module[]>;
  /** The route of an input without a task, and without a mapping or route for its modality. */
  readonly defaultRoute?: string | null;
  /** Whether the first route is the default if none is given. Default true. */
  readonly allowEmptyKey?: boolean;
  /** Routes for pairs of task and modality. Inputs of `encode` have the modality `text`. */
  readonly routeMappings?: readonly RouteMapping[];
}

export interface QueryDocumentOptions extends Pick<RouterOptions, 'allowEmptyKey'> {
  readonly queryModules: readonly Module[];
  readonly documentModules: readonly Module[];
  /** The route for `encode`, which gives no task; null leaves that to `allowEmptyKey`. Default `document`. */
  readonly defaultRoute?: string | null;
}

type Modality = RouteMapping['modality'];

const isName = (value: unknown): boolean => value === null || typeof value === 'string';
const isModality = (value: unknown): boolean =>
  isName(value) || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
const isModules = (value: unknown): boolean =>
  Array.isArray(value) && Array.from(value).every(A_MODULE.accepts);

const A_MODULE = objectWith(['forward', 'config'], 'a module');
const MODULES: OptionRule<readonly Module[]> = { expects: 'a list of modules', accepts: isModules };

const RULES: OptionRules<Required<RouterOptions>> = {
  routes: {
    expects: 'a Map with the list of modules of each route',
    accepts: (value) =>
      value instanceof Map &&
      [...value].every(([route, modules]) => typeof route === 'string' && isModules(modules)),
  },
  defaultRoute: nullable(aText),
  allowEmptyKey: flag(true),
  routeMappings: {
    default: [],
    expects: 'a list of mappings { task, modality, route }',
    accepts: (value) =>
      Array.isArray(value) &&
      value.every(
        (each) =>
          isObject(each) &&
          typeof (each as RouteMapping).route === 'string' &&
          isName((each as RouteMapping).task) &&
          isModality((each as RouteMapping).modality),
      ),
  },
};

const QUERY_DOCUMENT_RULES: OptionRules<Required<QueryDocumentOptions>> = {
  queryModules: MODULES,
  documentModules: MODULES,
  defaultRoute: { ...nullable(aText), default: 'document' },
  allowEmptyKey: flag(true),
};

const ROUTE_OF = {
  task: optional({ expects: 'the name of a task, or null', accepts: isName }),
  modality: optional({ expects: 'the name of a modality, several, or null', accepts: isModality }),
};

/**
 * Sends each input through the modules of one route, for example queries through other modules than documents. Its
 * parameters are those of its modules.
 *
 * An input takes the first route that exists of these: the mapping for its task and modality, for its task and any
 * modality, for its modality and any task, for any; the route with the name of the task, of the modality; the default
 * route. An input with a task never takes the default route.
 */
export class Router implements RoutedModule {
  readonly kind: ModuleKind<RouterConfig> = routerKind;
  readonly parameters = new Parameters(new Map());
  readonly routes: ReadonlyMap<string, readonly Module[]>;
  readonly defaultRoute: string | null;
  /** The dimension of the first route whose modules know theirs. */
  readonly dimension?: number;
  readonly #allowEmptyKey: boolean;
  readonly #mappings: readonly RouteMapping[];

  /**
   * @throws OptionError if an option is unknown or of the wrong type, if there is no route, a route is empty, or a
   * named route does not exist
   */
  constructor(options: RouterOptions) {
    const { routes, defaultRoute, allowEmptyKey, routeMappings } = resolveOptions('Router', RULES, options);
    const [firstRoute] = routes.keys();
    if (firstRoute === undefined) throw new OptionError('Router: routes are empty; expected one or more');
    for (const [route, modules] of routes) {
      if (modules.length === 0) throw new OptionError(`Router: route "${route}" has no modules`);
    }
    for (const route of [defaultRoute ?? firstRoute, ...routeMappings.map((mapping) => mapping.route)]) {
      if (!routes.has(route)) {
        throw new OptionError(
          `Router: there is no route "${route}"; its routes are ${listed(routes.keys())}`,
        );
      }
    }
    this.routes = routes;
    this.defaultRoute = defaultRoute ?? (allowEmptyKey ? firstRoute : null);
    this.#allowEmptyKey = allowEmptyKey;
    this.#mappings = routeMappings.map((mapping) => ({ ...mapping, modality: sorted(mapping.modality) }));
    const dimension = commonDimension(routes);
    if (dimension !== undefined) this.dimension = dimension;
  }

  /** All modules, each once. */
  get modules(): Module[] {
    return [...new Set([...this.routes.values()].flat())];
  }

  /** The tasks that have a mapping or a route. */
  get tasks(): string[] {
    return [...new Set([...this.#mappings.flatMap(({ task }) => task ?? []), ...this.routes.keys()])];
  }

  /** The route of an input; undefined if there is none. */
  findRoute(task?: string | null, modality?: Modality): string | undefined {
    checkArguments('Router', ROUTE_OF, { task, modality });
    const mapped = this.#mapped(task ?? null, sorted(modality ?? null));
    if (mapped !== undefined) return mapped;
    if (task && this.routes.has(task)) return task;
    if (typeof modality === 'string' && this.routes.has(modality)) return modality;
    return task === undefined || task === null ? (this.defaultRoute ?? undefined) : undefined;
  }

  /** @throws InputError if the task has no route, or nothing determines a route */
  routeFor(task?: string | null, modality?: Modality): string {
    const route = this.findRoute(task, modality);
    if (route !== undefined) return route;
    const known = `its routes are ${listed(this.routes.keys())}`;
    if (task !== undefined && task !== null) {
      throw new InputError(`Router: there is no route for the task "${task}"; ${known}`);
    }
    throw new InputError(
      `Router: neither a task nor a default route determines the route; ${known}. Give the task, or set defaultRoute`,
    );
  }

  /** The modules of the route of an input. */
  modulesFor(task?: string | null, modality?: Modality): readonly Module[] {
    return this.routes.get(this.routeFor(task, modality)) ?? [];
  }

  forward(features: Features, options: ForwardOptions): Features {
    checkForward('Router', features, options ?? null);
    const modules = this.modulesFor(nameOf(features, 'task'), nameOf(features, 'modality'));
    return modules.reduce((made, module) => module.forward(made, options), features);
  }

  config(): Record<string, unknown> {
    const folders = this.folders();
    const folderOf = new Map([...folders].map(([folder, module]) => [module, folder]));
    return writeRouterConfig({
      types: new Map([...folders].map(([folder, { kind }]) => [folder, typeOf(kind)])),
      structure: new Map(
        [...this.routes].map(([route, modules]) => [
          route,
          modules.map((module) => folderOf.get(module) ?? ''),
        ]),
      ),
      defaultRoute: this.defaultRoute,
      allowEmptyKey: this.#allowEmptyKey,
      routeMappings: this.#mappings,
    });
  }

  /**
   * The folder in which each module is saved: `query_0_SparseStaticEmbedding`, named after the first route that has it.
   */
  folders(): Map<string, Module> {
    const saved = new Set<Module>();
    const folders = new Map<string, Module>();
    for (const [route, modules] of this.routes) {
      modules.forEach((module, index) => {
        if (!saved.has(module)) folders.set(`${route}_${index}_${module.kind.name}`, module);
        saved.add(module);
      });
    }
    return folders;
  }

  #mapped(task: string | null, modality: Modality): string | undefined {
    const pairs: [string | null, Modality][] = [
      [task, modality],
      [task, null],
      [null, modality],
      [null, null],
    ];
    const found = pairs.flatMap(([wantedTask, wantedModality]) =>
      this.#mappings.filter(
        (mapping) =>
          mapping.task === wantedTask && JSON.stringify(mapping.modality) === JSON.stringify(wantedModality),
      ),
    );
    return found[0]?.route;
  }
}

function commonDimension(routes: RouterOptions['routes']): number | undefined {
  const dimensions = [...routes.values()].flatMap(
    (modules) => modules.findLast(({ dimension }) => dimension !== undefined)?.dimension ?? [],
  );
  if (new Set(dimensions).size > 1) {
    warn(
      `The routes of the Router make embeddings of different dimensions (${dimensions.join(', ')}); the first one is used.`,
    );
  }
  return dimensions[0];
}

/** The order of the modalities of one input does not matter. */
function sorted(modality: Modality): Modality {
  return modality === null || typeof modality === 'string' ? modality : modality.toSorted();
}

function nameOf(features: Features, key: 'task' | 'modality'): string | null {
  const value = features[key] ?? null;
  if (value === null || typeof value === 'string') return value;
  throw new InputError(`Router: the feature ${key} is ${describe(value)}; expected a text`);
}

const listed = (names: Iterable<string>): string => [...names].map((name) => `"${name}"`).join(', ');

export const routerKind: ModuleKind<RouterConfig> = {
  name: 'Router',
  path: 'sentence_transformers.base.modules.router',
  configFile: 'router_config.json',
  readConfig: readRouterConfig,
  parameters: () => [],
  create: () => {
    throw new UsageError('A Router is made of modules: load those that its config names, then `router`');
  },
};

/**
 * A module that takes each input through the modules of one route.
 *
 * @throws OptionError for options that are unknown or of the wrong type, for no route, an empty one, or one that is named and not there
 */
export const router = (options: RouterOptions): Router => new Router(options);

/**
 * A router whose routes are `query` and `document`, as `encodeQuery` and `encodeDocument` ask for.
 *
 * @throws OptionError as `router`
 */
export function queryDocumentRouter(options: QueryDocumentOptions): Router {
  const { queryModules, documentModules, ...rest } = resolveOptions(
    'queryDocumentRouter',
    QUERY_DOCUMENT_RULES,
    options,
  );
  const routes = new Map([
    ['query', queryModules],
    ['document', documentModules],
  ]);
  return router({ routes, ...rest });
}
