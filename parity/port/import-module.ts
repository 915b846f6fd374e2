import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from '../../src/index.js';

/**
 * Imports a user's module.
 *
 * @param named how the user named it, for messages: `--implementation ./port.mjs`
 * @throws UsageError that says where it is broken, without a stack trace
 */
export async function importModule(path: string, named: string): Promise<Record<string, unknown>> {
  const file = resolve(path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`${named}: there is no such file`);
  if (!found.isFile()) throw new UsageError(`${named} is not a file; expected a module`);
  const url = pathToFileURL(file).href;
  try {
    return (await importAny(url)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const place = placeOf(error, url);
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new UsageError(`${named} cannot be imported: ${place}${said}`, { cause: error });
  }
}

/** Node loads TypeScript from version 22.18 on. An older one needs the user's tsx. */
async function importAny(url: string): Promise<unknown> {
  try {
    return await import(url);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
    const { register } = await loaderOf(url);
    register();
    // Node keeps the failure of an address.
    return import(`${url}?with-loader`);
  }
}

interface Loader {
  readonly register: () => unknown;
}

async function loaderOf(url: string): Promise<Loader> {
  const require = createRequire(url);
  let manifest: string;
  try {
    manifest = require.resolve('tsx/package.json');
  } catch (cause) {
    throw new UsageError(
      `${fileURLToPath(url)} is TypeScript, which Node ${process.versions.node} cannot load; ` +
        'run `npm install --save-dev tsx`, use Node 22.18 or newer, or write it as .mjs',
      { cause },
    );
  }
  // `require.resolve` would find the entry for CommonJS, which cannot register a loader of modules.
  const { exports } = require(manifest) as TsxManifest;
  const entry = join(dirname(manifest), exports['./esm/api'].import.default);
  return (await import(pathToFileURL(entry).href)) as Loader;
}

interface TsxManifest {
  readonly exports: { readonly './esm/api': { readonly import: { readonly default: string } } };
}

/** "FILE:LINE: ", as far as it is known. */
function placeOf(error: unknown, url: string): string {
  if (!(error instanceof Error)) return '';
  const thrown = new RegExp(`(${escaped(url)})[^:]*:(\\d+):\\d+`).exec(error.stack ?? '');
  const [, file, line] = thrown ?? (error instanceof SyntaxError ? syntaxPlace(url) : undefined) ?? [];
  if (file === undefined) return '';
  return `${file.startsWith('file:') ? fileURLToPath(file) : file}:${line}: `;
}

/** Node reports the line of a syntax error only if nobody catches it, so another process imports the module again. */
function syntaxPlace(url: string): RegExpExecArray | null {
  const program = `await import(${JSON.stringify(url)})`;
  const { stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', program],
    { encoding: 'utf8', timeout: 30_000 },
  );
  return /^(\S.*):(\d+)$/m.exec(stderr);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
