import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep, win32 } from 'node:path';
import { ModelFileError } from '../../errors.js';
import { isMissing } from '../is-missing.js';
import { preview } from '../preview.js';

/**
 * Resolves a path in a config file, which must not lead out of the model's folder: not by an absolute path or a drive,
 * not by `..`, not through a link. For a folder in `snapshots`, a link into `blobs` beside it counts as inside, since
 * the cache of the Hugging Face hub stores its files there. The path need not exist; empty means the folder itself.
 *
 * @throws ModelFileError
 */
export function resolveInside(folder: string, path: string): string {
  checkRelativePath(path, folder);
  const place = resolve(folder, ...path.split(/[\\/]/));
  requireInside(folder, existingRealPath(place), path);
  return place;
}

/**
 * The real path of a file in a model's folder, with links resolved.
 *
 * @throws ModelFileError if it is outside the folder
 * @throws Error if there is no such file
 */
export function realPathInside(root: string, path: string): string {
  const target = realpathSync(path);
  requireInside(root, target, relative(root, path));
  return target;
}

/** The deepest nesting of module folders in a model's: a Router's in the Router's folder, and `onnx` in the model's. */
const DEEPEST = 4;

/** The model's folder that a module's folder belongs to: the nearest with modules.json, otherwise the folder itself. */
export function modelRoot(folder: string): string {
  const start = resolve(folder);
  for (let [each, depth] = [start, 0]; depth <= DEEPEST; [each, depth] = [dirname(each), depth + 1]) {
    if (existsSync(join(each, 'modules.json'))) return each;
  }
  return start;
}

function requireInside(folder: string, target: string, path: string): void {
  const root = existingRealPath(resolve(folder));
  if (isInside(root, target) || isInside(blobsBeside(root), target)) return;
  throw new ModelFileError(
    `${folder}: the path ${preview(path)} leads through a link out of the folder; move its target into the folder`,
  );
}

/** @throws ModelFileError if the path leads out of a folder on some platform, whatever the folder contains */
export function checkRelativePath(path: string, source: string): void {
  const leaves =
    path.includes('\0') ||
    isAbsolute(path) ||
    win32.isAbsolute(path) ||
    /^[A-Za-z]:/.test(path) ||
    path.split(/[\\/]/).includes('..');
  if (!leaves) return;
  throw new ModelFileError(
    `${source}: the path ${preview(path)} leads out of the model's folder; expected a relative path without ".."`,
  );
}

/** The real path of the part that exists, followed by the rest unchanged. */
function existingRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    if (isMissing(cause) && dirname(path) !== path) {
      return join(existingRealPath(dirname(path)), basename(path));
    }
    throw new ModelFileError(`${path} cannot be read: ${String(cause)}`, { cause });
  }
}

/**
 * For `…/snapshots/REVISION` and paths below it, `…/blobs`: the folder with that name, not the target of a link with
 * that name.
 */
function blobsBeside(root: string): string | undefined {
  for (let folder = root; dirname(folder) !== folder; folder = dirname(folder)) {
    if (basename(dirname(folder)) === 'snapshots') {
      return join(dirname(dirname(folder)), 'blobs');
    }
  }
  return undefined;
}

function isInside(root: string | undefined, path: string): boolean {
  if (root === undefined) return false;
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
