import { describe } from '../describe.js';
import { ModelFileError } from '../errors.js';
import type { OptionRule, OptionRules } from '../options.js';
import { warn } from '../warnings.js';
import type { Surroundings } from './module.js';
import { camelCase, snakeCase } from './reference-names.js';

/**
 * What a module's config file holds, by the rules that its options have in TypeScript; keys are snake_case in the file.
 *
 * @param unknownKeys as in the reference: most modules refuse keys that they do not know, some leave them out
 * @throws ModelFileError naming the module, the key, what the file holds and what is expected
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
    warn(`The config of ${module} holds ${keys}, which says nothing here; its keys are ${known}.`);
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
 * The width that a pooling works on, which is that of what it is given, whatever its config says: that is only a label,
 * which the reference writes as a user gave it.
 */
export function tokenWidth(
  module: string,
  said: number | null,
  { tokenWidth: actual }: Surroundings,
): number | null {
  // A config that says nothing is saved as it was.
  if (actual === undefined || said === null) return said;
  if (said !== actual) {
    warn(
      `The config of ${module} says that embedding_dimension is ${said}; it is ${actual}, as the transformer before it makes.`,
    );
  }
  return actual;
}

/** The other way round: keys in snake_case, in the order of the rules. */
export function writeConfig(config: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [snakeCase(name), value]));
}

/** @throws ModelFileError for a list, null or anything else than an object */
export function jsonObject(what: string, json: unknown): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ModelFileError(`${what} is ${describe(json)}; expected an object`);
  }
  return json as Record<string, unknown>;
}
