import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { parseJsonAs } from '../json/parse-json.js';
import { pythonJson } from '../json/python-json.js';
import { MAX_MODULES } from '../limits.js';
import { preview } from '../preview.js';
import { readBytes } from '../read-bytes.js';
import { checkRelativePath } from './resolve-inside.js';

export const MODULES_FILE = 'modules.json';

const moduleEntry = z.looseObject({
  /** The reference writes the position and never reads it. */
  idx: z.number().optional(),
  name: z.string(),
  /** The folder of the module; empty means the model's own. */
  path: z.string(),
  /** Dotted path of the class in Python. */
  type: z.string(),
  /** Names of the arguments that encode passes on to the module. */
  kwargs: z.array(z.string()).optional(),
});

export type ModuleEntry = z.infer<typeof moduleEntry>;

const modulesJson = z.array(moduleEntry).min(1).max(MAX_MODULES);

/**
 * The modules of a model in order; undefined if the folder has no modules.json.
 *
 * @throws ModelFileError
 */
export function readModulesJson(folder: string): ModuleEntry[] | undefined {
  const path = join(folder, MODULES_FILE);
  if (!existsSync(path)) return undefined;
  return parseModulesJson(readBytes(path, 'modules'), path);
}

export function parseModulesJson(json: Uint8Array | string, source: string = MODULES_FILE): ModuleEntry[] {
  const entries = parseJsonAs(json, modulesJson, source, { kind: 'modules' });
  const names = new Set<string>();
  for (const { name, path } of entries) {
    if (names.has(name)) {
      throw new ModelFileError(`${source}: two modules are called ${preview(name)}; expected each name once`);
    }
    names.add(name);
    checkRelativePath(path, `${source}: module ${preview(name)}`);
  }
  return entries;
}

/** modules.json in the reference's format. */
export function formatModulesJson(entries: readonly ModuleEntry[]): string {
  const ordered = entries.map(({ idx, name, path, type, ...rest }, index) => ({
    idx: idx ?? index,
    name,
    path,
    type,
    ...rest,
  }));
  return pythonJson(ordered, { indent: 2 });
}
