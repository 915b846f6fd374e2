import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from '../../src/index.js';

/** Imports a user's module. Throws a UsageError that says where it is broken, without a stack trace. */
export async function importModule(path: string): Promise<Record<string, unknown>> {
  const file = resolve(path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`--implementation ${path}: there is no such file`);
  if (!found.isFile()) throw new UsageError(`--implementation ${path} is not a file; expected a module`);
  const url = pathToFileURL(file).href;
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    const place = placeOf(error, url);
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new UsageError(`--implementation ${path} cannot be imported: ${place}${said}`, { cause: error });
  }
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
