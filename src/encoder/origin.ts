import { basename, resolve } from 'node:path';

/** What a model was loaded from. */
export interface Origin {
  /** A model id of the hub, or the name of a folder. */
  readonly name: string;
  /** The commit of a model of the hub; undefined for any other folder. */
  readonly revision?: string;
}

/** Where the hub's cache has a commit of a model: models--ORGANIZATION--NAME/snapshots/COMMIT. */
const SNAPSHOT = /models--([^/\\]+)[/\\]snapshots[/\\]([\da-f]{40})$/;

/** The model id of the hub whose snapshot this folder is, or otherwise its absolute path. */
export function sourceOf(folder: string): string {
  const { name, revision } = originOf(folder);
  return revision === undefined ? resolve(folder) : name;
}

/** The origin of a model in this folder. Of the path only the last part is told, since cards are published. */
export function originOf(folder: string): Origin {
  const path = resolve(folder);
  const [, name, revision] = SNAPSHOT.exec(path) ?? [];
  if (name === undefined || revision === undefined) return { name: basename(path) };
  return { name: name.replace('--', '/'), revision };
}
