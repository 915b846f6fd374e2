import { UsageError } from '../../errors.js';
import { flowOf } from '../../modules/flow.js';
import type { Module } from '../../modules/module.js';
import { isRouted, type RoutedModule } from '../../modules/routed-module.js';
import { leavesOf, TEXT } from '../module-tree.js';

/** One route of texts through an encoder, and the file that it is exported to. */
export interface Route {
  /** The name of a Router's route; undefined for an encoder without a Router. */
  readonly name: string | undefined;
  /** The task whose texts take the route: `query`, `document`, another one, or undefined. */
  readonly task: string | undefined;
  readonly modules: readonly Module[];
  /** The path in the exported folder. */
  readonly file: string;
  /** The folder of the tokenizer's files in the model's folder: '' for the folder itself, otherwise ending with /. */
  readonly tokenizerFolder: string;
}

/** Whether texts get a prompt that their embeddings leave out. An exported graph does not know how long it is. */
export function leavesOutPrompts(modules: readonly Module[]): boolean {
  return leavesOf(modules).some(({ module }) => flowOf(module)?.leavesOutPrompt === true);
}

/**
 * The routes of a Router that texts can take; for an encoder without a Router, a single one.
 *
 * @throws UsageError if a Router is not the first module, or is inside another one
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

/** The task of a route: query or document if only one of the two takes it. undefined means that no text takes it. */
function taskOf(router: RoutedModule, route: string): { task: string | undefined } | undefined {
  const isTaken = (task: string | undefined): boolean => router.findRoute(task, TEXT) === route;
  const [named, other] = ['query', 'document'].filter(isTaken);
  if (named !== undefined && other === undefined) return { task: named };
  const [found] = [route, undefined, ...router.tasks].filter(isTaken).map((task) => ({ task }));
  return found;
}
