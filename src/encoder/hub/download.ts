import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DownloadError, ModelFileError } from '../../errors.js';
import { writeTextWhole } from '../../files/write-file.js';
import { type CachedRepository, isCommit, refFile, sizeOf, snapshotFolder } from './cache.js';
import { connectToHub } from './hub-client.js';
import { type HubFile, readListing, writeListing } from './listing.js';
import { hasPickledWeightsOnly, neededFiles } from './needed-files.js';
import { blobFile, linkBlob, writeBlob } from './write-blob.js';

export interface Download {
  readonly repository: CachedRepository;
  readonly revision: string;
  readonly token?: string;
  readonly onDownload?: (bytes: number, total: number) => void;
}

/**
 * Brings what a model needs of a commit into the hub cache, where it is not there already, and keeps what the hub lists
 * of the commit: by that a later call knows that nothing is missing.
 *
 * @returns the folder of its files
 * @throws ModelFileError for a model whose weights are pickled only
 * @throws DownloadError with the reason alone
 */
export async function downloadModel(download: Download): Promise<string> {
  try {
    return await bringIntoCache(download);
  } catch (error) {
    if (error instanceof ModelFileError) throw error;
    throw new DownloadError(reason(error), { cause: error });
  }
}

async function bringIntoCache({ repository, revision, token, onDownload }: Download): Promise<string> {
  const hub = await connectToHub(repository.id, token);
  const commit = isCommit(revision) ? revision : await hub.commit(revision);
  const snapshot = snapshotFolder(repository, commit);
  const files = (await readListing(repository, commit)) ?? (await hub.files(commit));
  if (hasPickledWeightsOnly(files)) throw new ModelFileError(pickledMessage(repository.id));
  await writeListing(repository, commit, files);

  const bring = async (file: HubFile, onWritten: (bytes: number) => void): Promise<string> => {
    const blob = blobFile(repository, file);
    const path = join(snapshot, file.path);
    if ((await sizeOf(path)) === file.size) return path;
    if ((await sizeOf(blob)) !== file.size) {
      await writeBlob(blob, file, await hub.content(file.path, commit), onWritten);
    }
    await linkBlob(blob, path, file.size);
    return path;
  };
  const needed = await neededFiles(files, async (file) =>
    readFile(await bring(file, () => undefined), 'utf8'),
  );
  const total = needed.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  for (const file of needed) {
    const before = bytes;
    await bring(file, (written) => onDownload?.(before + written, total));
    bytes += file.size;
    onDownload?.(bytes, total);
  }
  if (revision !== commit) {
    const path = refFile(repository, revision);
    await mkdir(dirname(path), { recursive: true });
    await writeTextWhole(path, commit);
  }
  return snapshot;
}

function pickledMessage(id: string): string {
  return `${id} has its weights pickled only (pytorch_model.bin), which can run any program when they are opened: they are never read; expected model.safetensors. Load the model in Python and save it again with save_pretrained`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = (error as { statusCode?: unknown }).statusCode;
  if (status === 401 || status === 403) return 'it needs a permission; give a token (HF_TOKEN)';
  if (status === 404) return 'there is no such model or revision';
  // fetch says "fetch failed" and keeps the reason to itself.
  return error.cause instanceof Error ? `no connection (${error.cause.message})` : error.message;
}
