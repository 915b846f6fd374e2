import type { ModuleKind } from './module.js';

/** The dotted class of a module in modules.json and router_config.json. */
export function typeOf({ path, name }: Pick<ModuleKind, 'path' | 'name'>): string {
  return `${path}.${name}`;
}
