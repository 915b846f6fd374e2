import { stat } from 'node:fs/promises';
import { aPath, checkArguments } from '../arguments.js';
import { DownloadError, InputError, OptionError } from '../errors.js';
import { awaitSwap, finishInterruptedSwap } from '../files/folder/swap.js';
import { aFunction, anAbortSignal, aText, flag, nullable, type OptionRules } from '../options.js';
import { warn } from '../warnings.js';
import { cachedRepository, hubCache, isOffline } from './hub/cache.js';
import { type CachedSnapshot, cachedSnapshot } from './hub/cached-snapshot.js';
import { downloadModel } from './hub/download.js';
import { DEFAULT_ORGANIZATION, modelId } from './hub/model-id.js';

export interface LocateOptions {
  /** Branch, tag or commit of a model on the hub. Default `main`. */
  readonly revision?: string;
  /** The folder for models from the hub. Default: the cache of Hugging Face's own tools. */
  readonly cacheFolder?: string;
  /** Turns downloads off, as HF_HUB_OFFLINE=1 in the environment does. */
  readonly localFilesOnly?: boolean;
  /** For private models. Default: HF_TOKEN of the environment. */
  readonly token?: string;
  /** Called during a download with the bytes so far and in total. */
  readonly onDownload?: (bytes: number, total: number) => void;
  /** Ends loading or a download when it aborts. Files that are complete stay in the cache. */
  readonly signal?: AbortSignal;
}

/** null means "not given". */
export const LOCATE_RULES: OptionRules<{ readonly [K in keyof LocateOptions]-?: LocateOptions[K] | null }> = {
  revision: nullable(aText),
  cacheFolder: nullable(aText),
  localFilesOnly: flag(false),
  token: nullable(aText),
  onDownload: nullable(aFunction('a function of the bytes so far and altogether')),
  signal: nullable(anAbortSignal),
};

export const PATH_OR_ID = {
  ...aPath,
  expects: 'the path of a folder, or a model id of the hub (organization/name)',
};

/** No part of it may lead out of the folder of references, or be that folder. */
const REVISION = /^(?!.*\.\.)[\w+-][\w.+-]*(?:\/[\w+-][\w.+-]*)*$/;

/**
 * The folder of a model: a path, or otherwise a model id of the hub. If the hub cache has the complete revision, the
 * hub is not asked. Otherwise the missing files are downloaded.
 *
 * @param organization the organization of a plain name; null for a transformer alone
 * @throws InputError if it is neither a folder nor a model id, or if downloads are turned off and the cache does not
 *   have the complete model
 * @throws DownloadError if the hub cannot be reached, does not have the model, or sends content that differs from its
 *   listing
 * @throws the signal's reason
 */
export async function locateModel(
  pathOrId: string,
  options: LocateOptions = {},
  organization: string | null = DEFAULT_ORGANIZATION,
): Promise<string> {
  checkArguments('load', { pathOrId: PATH_OR_ID }, { pathOrId });
  options.signal?.throwIfAborted();
  // This restores a folder whose replacement was interrupted.
  await finishInterruptedSwap(pathOrId);
  await awaitSwap(pathOrId);
  const found = await stat(pathOrId).catch(() => undefined);
  if (found?.isDirectory() === true) return pathOrId;
  if (found !== undefined) {
    throw new InputError(`${pathOrId} is a file; expected the folder of a model, or a model id of the hub`);
  }
  const id = modelId(pathOrId, organization);
  if (id === undefined) {
    throw new InputError(
      `there is no folder ${pathOrId}, and it is not a model id of the hub either (organization/name)`,
    );
  }
  const { revision = 'main', cacheFolder: cache = hubCache() } = options;
  if (!REVISION.test(revision)) {
    throw new OptionError(`the revision is "${revision}"; expected a branch, a tag or a commit`);
  }
  const repository = cachedRepository(cache, id);
  const cached = await cachedSnapshot(repository, revision);
  if (cached?.isListed === true && cached.missing.length === 0) return cached.folder;
  if (options.localFilesOnly === true || isOffline()) {
    if (cached !== undefined && cached.missing.length === 0) return openUnlisted(cached, id, 'is turned off');
    const lack = cached === undefined ? `does not have ${id}` : `has ${id} in part only${lackOf(cached)}`;
    throw new InputError(
      `there is no folder ${pathOrId}, the hub cache ${cache} ${lack}, and downloading is turned off`,
    );
  }
  try {
    return await downloadModel({ ...options, repository, revision });
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    if (cached !== undefined && cached.missing.length === 0) {
      return openUnlisted(cached, id, `failed (${error.message})`);
    }
    const part = cached === undefined ? '' : `; the hub cache has it in part only${lackOf(cached)}`;
    throw new DownloadError(
      `there is no folder ${pathOrId}, and ${id} cannot be downloaded from the hub: ${error.message}${part}`,
      { cause: error.cause },
    );
  }
}

function lackOf({ isListed, missing }: CachedSnapshot): string {
  const names = `${missing.slice(0, NAMED).join(', ')}${missing.length > NAMED ? ', ...' : ''}`;
  return isListed
    ? ` (${names} missing)`
    : ` (another library may have left out ${names}, without which it would be another model)`;
}

/** The number of missing files that an error names. */
const NAMED = 3;

/** Opens an incomplete snapshot of another library that has every file which determines the kind of model. */
function openUnlisted({ folder }: CachedSnapshot, id: string, download: string): string {
  warn(
    `${id} is opened from the hub cache as it is; whether files are missing is unknown, and downloading ${download}`,
  );
  return folder;
}
