import type { Module } from '../modules/module.js';
import { isRouted } from '../modules/routed-module.js';
import { tf } from '../tf.js';

/** A module that is not a router, with the path that the reference gives it: `0`, `0.sub_modules.query.0`. */
export interface Leaf {
  readonly module: Module;
  readonly path: string;
}

/** Every module that has parameters of its own, those that routes share once. */
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

/** The only modality of what `encode` takes. */
export const TEXT = 'text';

/**
 * The modules that texts of a task go through, in order: of each Router those of one route.
 *
 * @throws InputError for a task without a route, or where nothing says which route to take
 */
export function modulesForTask(modules: readonly Module[], task: string | undefined): Module[] {
  return modules.flatMap((module) =>
    isRouted(module) ? modulesForTask(module.modulesFor(task, TEXT), task) : [module],
  );
}

/** The modules that an input may come to first: of a Router one for each route. */
export function firstModules([first]: readonly Module[]): Module[] {
  if (isRouted(first)) return [...first.routes.values()].flatMap(firstModules);
  return first === undefined ? [] : [first];
}

/** Number of dimensions of an embedding; undefined where no module says it. */
export function dimensionOf(modules: readonly Module[]): number | undefined {
  return modules.findLast(({ dimension }) => dimension !== undefined)?.dimension;
}

/** Lets go of the parameters of every module. */
export function disposeModules(modules: Iterable<Module>): void {
  tf.dispose(variablesOf(modules));
}

/** Every parameter as the reference's `named_parameters` lists it: by its name there, in its order, without buffers. */
export function namedParameters(modules: readonly Module[]): [string, tf.Variable][] {
  return leavesOf(modules).flatMap(({ module, path }) =>
    module.parameters.named().map(([name, variable]): [string, tf.Variable] => [`${path}.${name}`, variable]),
  );
}

/** Every variable that the modules compute with or save: parameters and buffers. */
export function variablesOf(modules: Iterable<Module>): tf.Variable[] {
  return leavesOf([...modules]).flatMap(({ module }) =>
    module.parameters.entries().map(([, variable]) => variable),
  );
}
