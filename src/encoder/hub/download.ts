import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DownloadError, ModelFileError, WriteError } from '../../errors.js';
import { readBytes } from '../../files/read-bytes.js';
import { writeTextWhole } from '../../files/write-file.js';
import { type CachedRepository, isCommit, refFile, snapshotFolder } from './cache.js';
import { connectToHub, type HubClient } from './hub-client.js';
import { HubStatusError } from './hub-request.js';
import { type HubFile, readListing, writeListing } from './listing.js';
import { hasPickledWeightsOnly, neededFiles } from './needed-files.js';
import { blobFile, isIntact, linkBlob, writeBlob } from './write-blob.js';

export interface Download {
  readonly repository: CachedRepository;
  readonly revision: string;
  readonly token?: string;
  readonly onDownload?: (bytes: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Downloads the missing files of a model's commit into the hub cache, and stores the hub's listing of the commit, from
 * which later calls know that nothing is missing. A file appears only with the size and the hash in the listing.
 *
 * @returns the folder of the files
 * @throws ModelFileError if the weights exist only in pickled form
 * @throws WriteError if the disk is full or fails
 * @throws DownloadError with the bare reason
 * @throws the signal's reason
 */
export async function downloadModel(download: Download): Promise<string> {
  try {
    return await bringIntoCache(download);
  } catch (error) {
    download.signal?.throwIfAborted();
    if (error instanceof ModelFileError || error instanceof WriteError) throw error;
    throw new DownloadError(reason(error), { cause: error });
  }
}

async function bringIntoCache({ repository, revision, onDownload, ...access }: Download): Promise<string> {
  const hub = connectToHub(repository.id, access);
  const commit = isCommit(revision) ? revision : await hub.commit(revision);
  const snapshot = snapshotFolder(repository, commit);
  const files = (await readListing(repository, commit)) ?? (await hub.files(commit));
  if (hasPickledWeightsOnly(files)) throw new ModelFileError(pickledMessage(repository.id));
  await writeListing(repository, commit, files);
  const bring = (file: HubFile, onWritten?: (bytes: number) => void): Promise<string> =>
    bringFile(file, { repository, commit, hub }, onWritten);
  const needed = await neededFiles(files, async (file) => {
    const bytes = readBytes(await bring(file), 'config');
    return new TextDecoder().decode(bytes);
  });
  const total = needed.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  for (const file of needed) {
    const before = bytes;
    await bring(file, (written) => onDownload?.(before + written, total));
    access.signal?.throwIfAborted();
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

interface Source {
  readonly repository: CachedRepository;
  readonly commit: string;
  readonly hub: HubClient;
}

/** @returns the path of the file in the snapshot */
async function bringFile(
  file: HubFile,
  { repository, commit, hub }: Source,
  onWritten: (bytes: number) => void = () => undefined,
): Promise<string> {
  const path = join(snapshotFolder(repository, commit), file.path);
  if (await isIntact(path, file)) return path;
  const blob = blobFile(repository, file);
  if (!(await isIntact(blob, file))) {
    await hub.content(file.path, commit, (bytes) => writeBlob(blob, file, bytes, onWritten));
  }
  await linkBlob(blob, path);
  return path;
}

function pickledMessage(id: string): string {
  return `${id} has its weights pickled only (pytorch_model.bin), which can run any program when they are opened: they are never read; expected model.safetensors. Load the model in Python and save it again with save_pretrained`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { status } = error instanceof HubStatusError ? error : {};
  if (status === 401 || status === 403) return 'access needs permission; give a token (HF_TOKEN)';
  if (status === 404) return 'there is no such model or revision';
  const { message, cause } = error;
  if (!(cause instanceof Error)) return message;
  // For these messages of fetch, only the cause says more.
  if (message === 'fetch failed') return `no connection (${cause.message})`;
  if (message === 'terminated') return `the connection broke off (${cause.message}); try again`;
  return message;
}
