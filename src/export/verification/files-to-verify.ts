import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Route, routesOf } from '../../encoder/exported/routes.js';
import { InputError, OptionError, UsageError } from '../../errors.js';
import { resolveInside } from '../../files/folder/resolve-inside.js';
import type { Module } from '../../modules/module.js';

/** An ONNX file, and the route through an encoder that it stands for. */
export interface FoundFile {
  readonly path: string;
  /** Its name in a certificate: its path in the folder, or the name of a single file. */
  readonly name: string;
  readonly route: Route;
}

/**
 * The files of a folder, one for each route of an encoder, or a single file.
 *
 * @param asked the route of a single file. Default: the route in its name
 * @throws InputError if there is nothing, or a folder lacks the file of a route; OptionError for a route that the
 *   encoder or a folder does not need; UsageError if the route of a file is unknown
 */
export async function filesToVerify(
  path: string,
  modules: readonly Module[],
  asked: string | undefined,
): Promise<FoundFile[]> {
  const routes = routesOf(modules);
  if (!existsSync(path)) {
    throw new InputError(`${path} does not exist; expected an ONNX file, or a folder with one`);
  }
  const isFolder = (await stat(path)).isDirectory();
  if (!isFolder) {
    // The path may be a link: the user named it.
    return [{ path: await realpath(path), name: basename(path), route: routeOf(path, routes, asked) }];
  }
  if (asked === undefined) return filesOfFolder(path, routes);
  throw new OptionError(
    `${path} is a folder, and all its routes are verified; leave out the option "route", or give one of its files`,
  );
}

function filesOfFolder(folder: string, routes: readonly Route[]): FoundFile[] {
  const found = routes.flatMap((route) => {
    const places = [route.file, ...(routes.length === 1 ? ['model.onnx'] : [])];
    const name = places.find((each) => existsSync(resolveInside(folder, each)));
    return name === undefined ? [] : [{ path: join(folder, name), name, route }];
  });
  if (found.length === routes.length) return found;
  const files = routes.map(({ file }) => file).join(', ');
  if (found.length === 0) {
    throw new InputError(`${folder} has none of ${files}; expected exported files of the encoder's routes`);
  }
  const missing = routes.filter((route) => found.every((each) => each.route !== route));
  throw new InputError(
    `${folder} lacks ${missing.map(({ name, file }) => `${file} of the route "${name}"`).join(' and ')}; expected a file for each route of the encoder: ${files}`,
  );
}

function routeOf(path: string, routes: readonly Route[], asked: string | undefined): Route {
  const names = routes.flatMap(({ name }) => name ?? []).join(', ');
  if (asked !== undefined) {
    const found = routes.find(({ name }) => name === asked);
    if (found !== undefined) return found;
    throw new OptionError(
      names === ''
        ? `the encoder has no routes; leave out the option "route"`
        : `route is "${asked}"; expected one of the encoder's, ${names}`,
    );
  }
  const named = routes.find(({ file }) => basename(file) === basename(path));
  if (named !== undefined) return named;
  const [only] = routes;
  if (only !== undefined && routes.length === 1) return only;
  throw new UsageError(`which route of the encoder does ${path} stand for? Give one of ${names} as route`);
}
