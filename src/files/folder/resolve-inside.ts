import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep, win32 } from 'node:path';
import { ModelFileError } from '../../errors.js';
import { isMissing } from '../is-missing.js';
import { preview } from '../preview.js';

/**
 * The place of a path that a config file names, which may not lead out of the model's folder: not by an absolute path or
 * a drive, not by `..`, not through a link. A link into `blobs` is inside for a folder in `snapshots` beside it: so the
 * cache of the Hugging Face hub keeps its files. The path need not exist; empty means the folder itself.
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
 * Where a file of a model's folder really lies, through its links.
 *
 * @throws ModelFileError if that is outside the folder
 * @throws Error if there is no such file
 */
export function realPathInside(root: string, path: string): string {
  const target = realpathSync(path);
  requireInside(root, target, relative(root, path));
  return target;
}

/** Folders of modules lie this deep in a model's at most: a Router's in the Router's, and `onnx` in the model's. */
const DEEPEST = 4;

/** The model's folder that a module's folder is part of: the nearest with modules.json, else the folder itself. */
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
    `${folder}: the path ${preview(path)} leads through a link out of the folder; put what it leads to into the folder`,
  );
}

/** @throws ModelFileError for a path that leads out of a folder on some platform, whatever the folder holds */
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

/** The real path of what exists of it, and the rest as it is. */
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

/** For `…/snapshots/REVISION` and what is below it, `…/blobs`: the folder of that name, not what a link of that name leads to. */
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
