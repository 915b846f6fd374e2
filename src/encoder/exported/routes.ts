import { UsageError } from '../../errors.js';
import { flowOf } from '../../modules/flow.js';
import type { Module } from '../../modules/module.js';
import { isRouted, type RoutedModule } from '../../modules/routed-module.js';
import { leavesOf, TEXT } from '../module-tree.js';

/** One way of texts through an encoder, and the file that it is exported to. */
export interface Route {
  /** Name of a Router's route; undefined for an encoder without one. */
  readonly name: string | undefined;
  /** The task whose texts take it: `query`, `document`, another, or none. */
  readonly task: string | undefined;
  readonly modules: readonly Module[];
  /** In the exported folder. */
  readonly file: string;
  /** Where the tokenizer's files lie in the model's folder: '' is the folder itself, else it ends with /. */
  readonly tokenizerFolder: string;
}

/** Whether a prompt is put before texts whose embeddings do not count it. An exported graph is not told how long it is. */
export function leavesOutPrompts(modules: readonly Module[]): boolean {
  return leavesOf(modules).some(({ module }) => flowOf(module)?.leavesOutPrompt === true);
}

/**
 * For an encoder with a Router, each of its routes that texts can take; else one.
 *
 * @throws UsageError for a Router that is not the first module, or is within another one
 */
export function routesOf(modules: readonly Module[]): Route[] {
  const [first, ...rest] = modules;
  if (!isRouted(first)) {
    requireNoRouter(modules);
    return [{ name: undefined, task: undefined, modules, file: 'onnx/model.onnx', tokenizerFolder: '' }];
  }
  const folders = new Map([...first.folders()].map(([folder, module]) => [module, folder]));
  return [...first.routes].flatMap(([name, inner]) => {
    requireNoRouter([...inner, ...rest]);
    const taken = taskOf(first, name);
    if (taken === undefined) return [];
    return {
      name,
      task: taken.task,
      modules: [...inner, ...rest],
      file: `onnx/${name}_model.onnx`,
      tokenizerFolder: `${folders.get(inner[0] as Module) ?? ''}/`,
    };
  });
}

function requireNoRouter(modules: readonly Module[]): void {
  if (modules.every((module) => !isRouted(module))) return;
  throw new UsageError(
    'a Router that is not the first module, or lies in a route of another Router, is not exported',
  );
}

/** The task of a route: that of queries or documents where only one of the two takes it. undefined: no text takes it. */
function taskOf(router: RoutedModule, route: string): { task: string | undefined } | undefined {
  const isTaken = (task: string | undefined): boolean => router.findRoute(task, TEXT) === route;
  const [named, other] = ['query', 'document'].filter(isTaken);
  if (named !== undefined && other === undefined) return { task: named };
  const [found] = [route, undefined, ...router.tasks].filter(isTaken).map((task) => ({ task }));
  return found;
}
