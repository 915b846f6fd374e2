import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A model in the hub cache, in the layout of Hugging Face's own tools. */
export interface CachedRepository {
  /** organization/name, or a plain name. */
  readonly id: string;
  /** Contains `refs`, `snapshots`, `blobs` and `trees`. */
  readonly folder: string;
}

const COMMIT = /^[0-9a-f]{40}$/;

export const isCommit = (revision: string): boolean => COMMIT.test(revision);

/** The reference's default folder for models. */
export function hubCache(): string {
  return (
    given('SENTENCE_TRANSFORMERS_HOME') ??
    given('HF_HUB_CACHE') ??
    given('HUGGINGFACE_HUB_CACHE') ??
    join(given('HF_HOME') ?? join(given('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface'), 'hub')
  );
}

/** Whether the environment turns downloads off, by the variables of Hugging Face's tools. */
export function isOffline(): boolean {
  const { HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE } = process.env;
  return /^(?:1|on|yes|true)$/i.test(HF_HUB_OFFLINE || TRANSFORMERS_OFFLINE || '');
}

/** A folder from an environment variable, with `~` and variables expanded. */
function given(name: string): string | undefined {
  const value = process.env[name];
  if (value === undefined || value === '') return undefined;
  return value
    .replace(/^~(?=\/|$)/, homedir())
    .replaceAll(/\$(?:(\w+)|\{(\w+)\})/g, (whole, plain: string | undefined, braced: string | undefined) => {
      return process.env[plain ?? braced ?? ''] ?? whole;
    });
}

export function cachedRepository(cache: string, id: string): CachedRepository {
  return { id, folder: join(cache, `models--${id.replace('/', '--')}`) };
}

export function snapshotFolder({ folder }: CachedRepository, commit: string): string {
  return join(folder, 'snapshots', commit);
}

export function refFile({ folder }: CachedRepository, revision: string): string {
  return join(folder, 'refs', revision);
}

/** The commit of a revision when the hub was last asked; undefined if it never was. */
export async function cachedCommit(
  repository: CachedRepository,
  revision: string,
): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const text = await readFile(refFile(repository, revision), 'utf8').catch(() => '');
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** Whether Hugging Face's tools have asked for a file of a commit and learned that it does not exist. */
export async function isKnownAbsent(
  { folder }: CachedRepository,
  commit: string,
  path: string,
): Promise<boolean> {
  return (await sizeOf(join(folder, '.no_exist', commit, path))) !== undefined;
}

/** The size of a file in bytes; undefined if it does not exist, or is a broken link. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}
