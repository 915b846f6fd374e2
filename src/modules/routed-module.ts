import type { Module } from './module.js';
import type { RouteMapping } from './route-mapping.js';

/** A module that takes each input through the modules of one of its routes. */
export interface RoutedModule extends Module {
  readonly routes: ReadonlyMap<string, readonly Module[]>;
  /** The route of an input that has no task; null where there is none. */
  readonly defaultRoute: string | null;
  /** The tasks that a mapping or a route is for. */
  readonly tasks: readonly string[];
  /** The route of an input; undefined if there is none. */
  findRoute(task?: string | null, modality?: RouteMapping['modality']): string | undefined;
  /** @throws InputError for a task without a route, or where nothing says which route to take */
  routeFor(task?: string | null, modality?: RouteMapping['modality']): string;
  /** The modules of the route that `routeFor` names. */
  modulesFor(task?: string | null, modality?: RouteMapping['modality']): readonly Module[];
  /** The folder in which each module is saved, within that of this module. */
  folders(): ReadonlyMap<string, Module>;
}

const PARTS: readonly (keyof RoutedModule)[] = [
  'routes',
  'defaultRoute',
  'tasks',
  'findRoute',
  'routeFor',
  'modulesFor',
  'folders',
];

/** Whether a module has routes, whoever made it. */
export const isRouted = (module: Module | undefined): module is RoutedModule =>
  module !== undefined && PARTS.every((part) => part in module);
