import type { Module } from '../../modules/module.js';
import { Router } from '../../modules/router.js';

/** One way through an encoder, and the file that it is exported to. */
export interface Route {
  /** Name of a Router's route; undefined for an encoder without one. */
  readonly name: string | undefined;
  readonly modules: readonly Module[];
  /** In the exported folder. */
  readonly file: string;
}

/** Of an encoder with a Router one for each of its routes, else one. */
export function routesOf(modules: readonly Module[]): Route[] {
  const [first, ...rest] = modules;
  if (!(first instanceof Router)) return [{ name: undefined, modules, file: onnxFile() }];
  return [...first.routes].map(([name, inner]) => ({
    name,
    modules: [...inner, ...rest],
    file: onnxFile(name),
  }));
}

/** Where the file of a route lies in an exported folder. */
export function onnxFile(route?: string): string {
  return route === undefined ? 'onnx/model.onnx' : `onnx/${route}_model.onnx`;
}
