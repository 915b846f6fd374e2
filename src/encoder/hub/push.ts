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
 * @throws UploadError if the token, the connection or the permission is missing, or if the repository exists and `existOk` is not set
 * @example
 * const address = await pushFolder('run/final', 'me/my-splade', { private: true });
 */
export async function pushFolder(folder: string, repoId: string, options: PushOptions = {}): Promise<string> {
  checkArguments('pushFolder', { folder: aPath, repoId: aString }, { folder, repoId });
  resolveOptions<Required<PushOptions>>('pushFolder', PUSH_RULES, options);
  return await pushFiles(folder, { paths: await filesToPush(folder), into: '' }, repoId, options);
}

/** Files to upload, and the folder of the repository for them, which is '' for its root. */
export interface FilesToPush {
  readonly paths: readonly string[];
  readonly into: string;
}

/** Uploads files of a folder, as `pushFolder` uploads all of them. */
export async function pushFiles(
  folder: string,
  files: FilesToPush,
  repoId: string,
  options: PushOptions,
): Promise<string> {
  const { token, ...settings } = resolveOptions<Required<PushOptions>>('pushFiles', PUSH_RULES, options);
  return await onHub(repoId, token, settings.signal, (hub, access) =>
    push(hub, { ...settings, ...files, folder, repoId, access }),
  );
}

/**
 * Makes a repository for a model, unless it exists.
 *
 * @throws UploadError if the token, the connection or the permission is missing
 */
export async function makeRepository(
  repoId: string,
  options: Pick<PushOptions, 'token' | 'private'>,
): Promise<void> {
  const { token, ...settings } = resolveOptions<Required<PushOptions>>('makeRepository', PUSH_RULES, options);
  await onHub(repoId, token, null, async (hub, access) => {
    const repo = await repositoryOf(hub, repoId, access);
    await made(hub, repo, { ...settings, existOk: true, access });
  });
}

/** Runs what asks the hub, with an access to it. The hub's errors become UploadErrors. */
async function onHub<T>(
  repoId: string,
  token: string | null,
  signal: AbortSignal | null,
  run: (hub: HubLibrary, access: Access) => Promise<T>,
): Promise<T> {
  const hub = await hubLibrary();
  const accessToken = hubToken(token ?? undefined);
  if (accessToken === undefined) {
    throw new UploadError(
      'the hub needs a token with write access; give one (HF_TOKEN), from the settings of your account',
    );
  }
  try {
    return await run(hub, { accessToken, hubUrl: hubAddress() });
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

interface Access {
  readonly accessToken: string;
  readonly hubUrl: string;
}

interface Push extends Omit<Required<PushOptions>, 'token'>, FilesToPush {
  readonly folder: string;
  readonly repoId: string;
  readonly access: Access;
}

async function push(hub: HubLibrary, settings: Push): Promise<string> {
  const { folder, into, repoId, access, createPr, revision, commitMessage, onProgress, signal } = settings;
  const repo = await repositoryOf(hub, repoId, access);
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
        path: into === '' ? path : `${into}/${path}`,
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

async function repositoryOf(hub: HubLibrary, repoId: string, access: Access): Promise<Repository> {
  const name = repoId.includes('/') ? repoId : `${(await hub.whoAmI(access)).name}/${repoId}`;
  return { type: 'model', name };
}

/**
 * Makes the repository.
 *
 * @returns whether it is new
 * @throws UploadError if it exists and must not
 */
async function made(
  hub: HubLibrary,
  repo: Repository,
  settings: Pick<Push, 'access' | 'private' | 'existOk' | 'createPr'>,
): Promise<boolean> {
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
  { access, paths, into, replaceModelCard, revision }: Push,
): Promise<readonly string[]> {
  if (replaceModelCard || into !== '' || !paths.includes(CARD_FILE)) return paths;
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
