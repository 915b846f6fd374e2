import { MODULE_KINDS } from '../modules/catalog.js';
import type { Module } from '../modules/module.js';
import { isRouted } from '../modules/routed-module.js';
import { tf } from '../tf.js';

/** A module other than a router, with its path in the reference: `0`, `0.sub_modules.query.0`. */
export interface Leaf {
  readonly module: Module;
  readonly path: string;
}

/** Every module with its own parameters; modules that routes share appear once. */
export function leavesOf(modules: readonly Module[]): Leaf[] {
  const leaves = new Map<Module, Leaf>();
  const visit = (module: Module, path: string): void => {
    if (isRouted(module)) {
      for (const [route, inner] of module.routes) {
        inner.forEach((each, index) => visit(each, `${path}.sub_modules.${route}.${index}`));
      }
    } else if (!leaves.has(module)) leaves.set(module, { module, path });
  };
  modules.forEach((module, index) => visit(module, String(index)));
  return [...leaves.values()];
}

/** The only modality of `encode`. */
export const TEXT = 'text';

/**
 * The modules that texts of a task go through, in order; for each Router the modules of one route.
 *
 * @throws InputError if a task has no route, or nothing determines a route
 */
export function modulesForTask(modules: readonly Module[], task: string | undefined): Module[] {
  return modules.flatMap((module) =>
    isRouted(module) ? modulesForTask(module.modulesFor(task, TEXT), task) : [module],
  );
}

/** The modules that may process an input first; for a Router one per route. */
export function firstModules([first]: readonly Module[]): Module[] {
  if (isRouted(first)) return [...first.routes.values()].flatMap(firstModules);
  return first === undefined ? [] : [first];
}

/** Number of dimensions of an embedding; undefined if no module knows it. */
export function dimensionOf(modules: readonly Module[]): number | undefined {
  return modules.findLast(({ dimension }) => dimension !== undefined)?.dimension;
}

/** Disposes the parameters of every module. */
export function disposeModules(modules: Iterable<Module>): void {
  tf.dispose(variablesOf(modules));
}

/** Every parameter as in the reference's `named_parameters`: with its names, in its order, without buffers. */
export function namedParameters(modules: readonly Module[]): [string, tf.Variable][] {
  return leavesOf(modules).flatMap(({ module, path }) =>
    module.parameters.named().map(([name, variable]): [string, tf.Variable] => [`${path}.${name}`, variable]),
  );
}

/** Whether all modules, also inside of Routers, are of this package. */
export function areOwn(modules: readonly Module[]): boolean {
  return leavesOf(modules).every(({ module }) => MODULE_KINDS.includes(module.kind));
}

/** Every variable that the modules use or save: parameters and buffers. */
export function variablesOf(modules: Iterable<Module>): tf.Variable[] {
  return leavesOf([...modules]).flatMap(({ module }) =>
    module.parameters.entries().map(([, variable]) => variable),
  );
}
