import type { Module } from '../../modules/module.js';
import { Router } from '../../modules/router.js';
import { leavesOf } from '../module-tree.js';

/** One way through an encoder, and the file that it is exported to. */
export interface Route {
  /** Name of a Router's route; undefined for an encoder without one. */
  readonly name: string | undefined;
  readonly modules: readonly Module[];
  /** In the exported folder. */
  readonly file: string;
  /** Where the tokenizer's files lie in the model's folder: '' is the folder itself, else it ends with /. */
  readonly tokenizerFolder: string;
}

/** Whether a prompt is put before texts whose embeddings do not count it: how long it is no exported graph is told. */
export function leavesOutPrompts(modules: readonly Module[]): boolean {
  return leavesOf(modules).some(({ module }) => module.config()['include_prompt'] === false);
}

/** Of an encoder with a Router one for each of its routes, else one. */
export function routesOf(modules: readonly Module[]): Route[] {
  const [first, ...rest] = modules;
  if (!(first instanceof Router)) {
    return [{ name: undefined, modules, file: 'onnx/model.onnx', tokenizerFolder: '' }];
  }
  const folders = new Map([...first.folders()].map(([folder, module]) => [module, folder]));
  return [...first.routes].map(([name, inner]) => ({
    name,
    modules: [...inner, ...rest],
    file: `onnx/${name}_model.onnx`,
    tokenizerFolder: `${folders.get(inner[0] as Module) ?? ''}/`,
  }));
}
