import { describe } from '../describe.js';
import { InputError, UsageError } from '../errors.js';
import type { Module } from '../modules/module.js';
import { checkChain } from './check-chain.js';
import { leavesOf } from './module-tree.js';

/**
 * Checks modules that a caller combined.
 *
 * @param where the location of the modules in errors
 * @throws InputError if `modules` is not a list of modules
 * @throws UsageError if a module does not accept the output of the one before it
 */
export function checkModules(modules: readonly Module[], where: string): void {
  if (!Array.isArray(modules) || modules.length === 0) {
    throw new InputError(
      `${where}: the modules are ${describe(modules)}; expected a list of one module or more`,
    );
  }
  for (const { module, path } of leavesOf(modules)) {
    if (isModule(module)) continue;
    const hint = (module as unknown) instanceof Promise ? '; await it' : '';
    throw new InputError(`${where}: module ${path} is ${describe(module)}; expected a module${hint}`);
  }
  checkChain(modules, where, (message) => new UsageError(message));
}

function isModule(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && 'forward' in value;
}
