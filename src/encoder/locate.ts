import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DownloadError, InputError, OptionError } from '../errors.js';
import { finishInterruptedSwap } from '../files/folder/swap.js';
import { aFunction, aText, flag, nullable, type OptionRules } from '../options.js';
import { cachedRepository, downloadModel, LAST_FILES } from './download.js';

export interface LocateOptions {
  /** Branch, tag or commit of a model on the hub; `main` unless given. */
  readonly revision?: string;
  /** Where models of the hub are kept; the cache of Hugging Face's own tools unless given. */
  readonly cacheFolder?: string;
  /** Whether nothing may be downloaded; also with HF_HUB_OFFLINE=1 in the environment. */
  readonly localFilesOnly?: boolean;
  /** For private models; else HF_TOKEN of the environment. */
  readonly token?: string;
  /** Told of a download: bytes so far and altogether. */
  readonly onDownload?: (bytes: number, total: number) => void;
}

/** null says "not given". */
export const LOCATE_RULES: OptionRules<{ readonly [K in keyof LocateOptions]-?: LocateOptions[K] | null }> = {
  revision: nullable(aText),
  cacheFolder: nullable(aText),
  localFilesOnly: flag(false),
  token: nullable(aText),
  onDownload: nullable(aFunction('a function of the bytes so far and altogether')),
};

/** What sentence-transformers puts before a model id that names no organization. */
const DEFAULT_ORGANIZATION = 'sparse-encoder';
/** One name, or an organization and a name, as the hub allows them. */
const MODEL_ID = /^(?:[\w-](?:[\w.-]{0,94}[\w-])?\/)?[\w-](?:[\w.-]{0,94}[\w-])?$/;
/** No part of it may lead out of the folder of references. */
const REVISION = /^(?!.*(?:\.\.|\/\/|^\/))[\w./+-]+$/;
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * The folder of a model: a path, else a model id in the local hub cache, else what is downloaded into that cache.
 *
 * @throws InputError where it is neither a folder nor a model id
 * @throws DownloadError where the hub cannot be reached, or does not have it
 */
export async function locateModel(pathOrId: string, options: LocateOptions = {}): Promise<string> {
  // A folder whose replacement was interrupted is there again after this.
  await finishInterruptedSwap(pathOrId);
  const found = await stat(pathOrId).catch(() => undefined);
  if (found?.isDirectory() === true) return pathOrId;
  if (found !== undefined) {
    throw new InputError(`${pathOrId} is a file; expected the folder of a model, or a model id of the hub`);
  }
  if (!MODEL_ID.test(pathOrId)) {
    throw new InputError(
      `there is no folder ${pathOrId}, and it is no model id of the hub either (organization/name)`,
    );
  }
  const { revision = 'main' } = options;
  if (!REVISION.test(revision))
    throw new OptionError(`"${revision}" is no revision: a branch, a tag or a commit`);
  const id = pathOrId.includes('/') ? pathOrId : `${DEFAULT_ORGANIZATION}/${pathOrId}`;
  const cache = options.cacheFolder ?? hubCache();
  const cached = await cachedSnapshot(cache, id, revision);
  if (cached !== undefined) return cached;
  if (options.localFilesOnly === true || /^(?:1|on|yes|true)$/i.test(process.env['HF_HUB_OFFLINE'] ?? '')) {
    throw new InputError(
      `there is no folder ${pathOrId}, the hub cache ${cache} does not have ${id}, and downloading is turned off`,
    );
  }
  try {
    return await downloadModel({ id, revision, cache, ...options });
  } catch (error) {
    // A mistyped folder looks like a model id.
    if (!(error instanceof DownloadError)) throw error;
    throw new DownloadError(`there is no folder ${pathOrId}, and ${error.message}`, { cause: error });
  }
}

/** As Hugging Face's tools find it. */
function hubCache(): string {
  const { env } = process;
  const home = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface');
  return env['HF_HUB_CACHE'] ?? env['HUGGINGFACE_HUB_CACHE'] ?? join(home, 'hub');
}

async function cachedSnapshot(cache: string, id: string, revision: string): Promise<string | undefined> {
  const repository = cachedRepository(cache, id);
  const commit = COMMIT.test(revision)
    ? revision
    : await readFile(join(repository, 'refs', revision), 'utf8').then(
        (text) => text.trim(),
        () => undefined,
      );
  if (commit === undefined || !COMMIT.test(commit)) return undefined;
  const snapshot = join(repository, 'snapshots', commit);
  const isThere = (name: string): Promise<boolean> =>
    stat(join(snapshot, name)).then(
      () => true,
      () => false,
    );
  return (await Promise.all(LAST_FILES.map(isThere))).includes(true) ? snapshot : undefined;
}
