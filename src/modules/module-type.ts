import type { ModuleKind } from './module.js';

/** The dotted class by which modules.json and router_config.json name a module. */
export function typeOf({ path, name }: Pick<ModuleKind, 'path' | 'name'>): string {
  return `${path}.${name}`;
}
