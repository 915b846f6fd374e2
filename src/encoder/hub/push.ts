import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CommitOutput } from '@huggingface/hub';
import { aPath, aString, checkArguments, isObject } from '../../arguments.js';
import { ReadableError, UploadError } from '../../errors.js';
import { preview } from '../../files/preview.js';
import { resolveOptions } from '../../options.js';
import { filesToPush } from './files-to-push.js';
import { hubAddress, hubToken } from './hub-address.js';
import { type HubLibrary, hubLibrary } from './hub-library.js';
import { PUSH_RULES, type PushOptions } from './push-options.js';

const CARD_FILE = 'README.md';
const MAIN = 'main';
const CONFLICT = 409;

/**
 * Uploads the folder of a model as one commit to a repository of the Hugging Face hub, which is made if it does not exist.
 * The hub is that of HF_ENDPOINT, if this is set. Hidden files, checkpoints and logs in the folder are left out.
 *
 * @param repoId organization/name; a plain name belongs to the owner of the token
 * @returns the address of the commit, or of the pull request
 * @throws InputError if the folder has no model
 * @throws OptionError if an option is unknown or of the wrong type
 * @throws UploadError if there is no token, no connection or no permission, or the repository exists and `existOk` is not set
 * @example
 * const address = await pushFolder('run/final', 'me/my-splade', { private: true });
 */
export async function pushFolder(folder: string, repoId: string, options: PushOptions = {}): Promise<string> {
  checkArguments('pushFolder', { folder: aPath, repoId: aString }, { folder, repoId });
  const { signal, ...settings } = resolveOptions<Required<PushOptions>>('pushFolder', PUSH_RULES, options);
  const paths = await filesToPush(folder);
  const hub = await hubLibrary();
  const accessToken = hubToken(settings.token ?? undefined);
  if (accessToken === undefined) {
    throw new UploadError(
      'the hub needs a token with write access; give one (HF_TOKEN), from the settings of your account',
    );
  }
  try {
    return await push(hub, {
      ...settings,
      folder,
      paths,
      repoId,
      signal,
      access: { accessToken, hubUrl: hubAddress() },
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ReadableError) throw error;
    throw new UploadError(`${repoId} cannot be published: ${reason(error)}`, { cause: error });
  }
}

/** Uploads a model that `save` writes into a folder, which is removed afterwards. */
export async function pushSaved(
  save: (folder: string) => Promise<void>,
  repoId: string,
  options: PushOptions,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sparse-encoder-push-'));
  try {
    const saved = join(folder, 'model');
    await save(saved);
    return await pushFolder(saved, repoId, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Push extends Omit<Required<PushOptions>, 'token'> {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly repoId: string;
  readonly access: { readonly accessToken: string; readonly hubUrl: string };
}

async function push(hub: HubLibrary, settings: Push): Promise<string> {
  const { folder, repoId, access, createPr, revision, commitMessage, onProgress, signal } = settings;
  const name = repoId.includes('/') ? repoId : `${(await hub.whoAmI(access)).name}/${repoId}`;
  const repo: Repository = { type: 'model', name };
  const isNew = await made(hub, repo, settings);
  const branch = revision ?? MAIN;
  if (branch !== MAIN) await hub.createBranch({ ...access, repo, branch, overwrite: true });
  const paths = isNew ? settings.paths : await withoutReplacedCard(hub, repo, settings);
  const { pullRequestUrl, commit } = await committed(
    hub.commitIter({
      ...access,
      repo,
      branch,
      title: commitMessage,
      isPullRequest: createPr,
      operations: paths.map((path) => ({
        operation: 'addOrUpdate',
        path,
        content: pathToFileURL(join(folder, path)),
      })),
      ...(signal && { abortSignal: signal }),
    }),
    paths.length,
    onProgress,
  );
  return pullRequestUrl ?? commit.url;
}

interface Repository {
  readonly type: 'model';
  readonly name: string;
}

/**
 * Makes the repository.
 *
 * @returns whether it is new
 * @throws UploadError if it exists and must not
 */
async function made(hub: HubLibrary, repo: Repository, settings: Push): Promise<boolean> {
  const { access, private: isPrivate, existOk, createPr } = settings;
  const visibility = isPrivate === null ? {} : ({ visibility: isPrivate ? 'private' : 'public' } as const);
  try {
    await hub.createRepo({ ...access, ...visibility, repo });
    return true;
  } catch (error) {
    if (statusOf(error) !== CONFLICT) throw error;
    if (existOk || createPr) return false;
    throw new UploadError(
      `${repo.name} exists on the hub; allow that to add to it (existOk), open a pull request (createPr), or choose another name`,
      { cause: error },
    );
  }
}

/** All paths, but the card's if the repository has one that is to stay. */
async function withoutReplacedCard(
  hub: HubLibrary,
  repo: Repository,
  { access, paths, replaceModelCard, revision }: Push,
): Promise<readonly string[]> {
  if (replaceModelCard || !paths.includes(CARD_FILE)) return paths;
  const hasCard = await hub.fileExists({ ...access, repo, path: CARD_FILE, revision: revision ?? MAIN });
  return hasCard ? paths.filter((path) => path !== CARD_FILE) : paths;
}

async function committed(
  steps: ReturnType<HubLibrary['commitIter']>,
  files: number,
  onProgress: Push['onProgress'],
): Promise<CommitOutput> {
  /** The share that is uploaded of each large file. Small ones are part of the commit. */
  const uploaded = new Map<string, number>();
  for (;;) {
    const step = await steps.next();
    if (step.done === true) {
      if (step.value === undefined) throw new Error('the hub has made no commit');
      onProgress?.(1);
      return step.value;
    }
    if (step.value.event !== 'fileProgress' || step.value.state !== 'uploading') continue;
    uploaded.set(step.value.path, step.value.progress);
    onProgress?.([...uploaded.values()].reduce((sum, share) => sum + share, 0) / files);
  }
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : undefined;

/** What the hub says, without addresses: those of uploads have signatures that let anyone write. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = statusOf(error);
  if (status === 401) return 'the hub does not know the token; give another one (HF_TOKEN)';
  if (status === 403) return 'the token may not write there; give one with write access (HF_TOKEN)';
  if (status !== undefined) return `the hub answers ${status}${said(error)}`;
  const { message, cause } = error;
  return message === 'fetch failed' && cause instanceof Error ? `no connection (${cause.message})` : message;
}

function said(error: Error): string {
  const data: unknown = 'data' in error ? error.data : undefined;
  const words = isObject(data) && 'error' in data ? data.error : undefined;
  return typeof words === 'string' ? `: ${preview(words)}` : '';
}
