import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../src/errors.js';
import { importModule } from '../port/import-module.js';
import { checkConfig } from './check-config.js';
import type { ParityConfig } from './define.js';

export const CONFIG_NAMES = [
  'parity.config.ts',
  'parity.config.mts',
  'parity.config.mjs',
  'parity.config.js',
];

export interface LoadedConfig {
  readonly config: ParityConfig;
  /** The path of the file, as the user writes it. */
  readonly path: string;
  readonly folder: string;
}

/**
 * Loads a configuration: the file that is named, or the first of `CONFIG_NAMES` in the present folder.
 *
 * @throws UsageError if there is none, it cannot be imported, or something in it is wrong
 */
export async function loadConfig(named: string | undefined): Promise<LoadedConfig> {
  const path = named ?? CONFIG_NAMES.find((name) => existsSync(name));
  if (path === undefined) {
    throw new UsageError(
      `there is no ${CONFIG_NAMES[0]} here; make one with \`npx sparse-encoder-parity init\`, or name one with --config`,
    );
  }
  const { default: config } = await importModule(path, path);
  if (config === undefined) {
    throw new UsageError(`${path} has no default export; expected export default defineParity({ ... })`);
  }
  return { config: checkConfig(config, path), path, folder: dirname(resolve(path)) };
}
