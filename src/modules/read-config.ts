import { describe } from '../describe.js';
import { ModelFileError } from '../errors.js';
import type { OptionRule, OptionRules } from '../options.js';
import { warn } from '../warnings.js';
import type { Surroundings } from './module.js';
import { camelCase, snakeCase } from './reference-names.js';

/**
 * The contents of a module's config file, checked by the rules of its TypeScript options. Keys are snake_case in the
 * file.
 *
 * @param unknownKeys whether to refuse or ignore unknown keys; modules of the reference differ in this
 * @throws ModelFileError that names the module, the key, its value and the expected values
 */
export function readConfig<C extends object>(
  module: string,
  rules: OptionRules<C>,
  json: unknown,
  unknownKeys: 'refused' | 'left out' = 'refused',
): C {
  const table = new Map<string, OptionRule<unknown>>(Object.entries(rules));
  const values = new Map(Object.entries(jsonObject(`the config of ${module}`, json)));
  const unknown = [...values.keys()].filter((key) => !table.has(camelCase(key)) || /[A-Z]/.test(key));
  if (unknown.length > 0) {
    const keys = unknown.map((key) => `"${key}"`).join(', ');
    const known = [...table.keys()].map((key) => `"${snakeCase(key)}"`).join(', ');
    if (unknownKeys === 'refused') {
      throw new ModelFileError(`the config of ${module} holds ${keys}; its keys are ${known}`);
    }
    warn(`The config of ${module} has ${keys}, which is ignored; its keys are ${known}.`);
  }
  const config = [...table].map(([name, rule]) => {
    const key = snakeCase(name);
    const value = values.get(key) === undefined ? rule.default : values.get(key);
    if (value === undefined) {
      throw new ModelFileError(`the config of ${module} lacks "${key}": ${rule.expects}`);
    }
    if (!rule.accepts(value)) {
      throw new ModelFileError(
        `${key} in the config of ${module} is ${describe(value)}; expected ${rule.expects}`,
      );
    }
    return [name, value];
  });
  return Object.fromEntries(config) as C;
}

/**
 * The width that a pooling works on. Its input determines it, whatever its config says: the reference writes that
 * number as given by the user.
 */
export function tokenWidth(
  module: string,
  said: number | null,
  { tokenWidth: actual }: Surroundings,
): number | null {
  // A config without a width is saved unchanged.
  if (actual === undefined || said === null) return said;
  if (said !== actual) {
    warn(
      `The config of ${module} says that embedding_dimension is ${said}; it is ${actual}, the width of the transformer before it.`,
    );
  }
  return actual;
}

/** The inverse: keys in snake_case, in the order of the rules. */
export function writeConfig(config: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [snakeCase(name), value]));
}

/** @throws ModelFileError for a list, null or anything else but an object */
export function jsonObject(what: string, json: unknown): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ModelFileError(`${what} is ${describe(json)}; expected an object`);
  }
  return json as Record<string, unknown>;
}
