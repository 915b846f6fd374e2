import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { DownloadError } from '../errors.js';

export interface Download {
  /** organization/name */
  readonly id: string;
  readonly revision: string;
  /** The hub cache, in the layout of Hugging Face's own tools. */
  readonly cache: string;
  readonly token?: string;
  readonly onDownload?: (bytes: number, total: number) => void;
}

/** Configs, tokenizers, weights and the card; not the files of other runtimes, nor pickled weights. */
const WANTED =
  /^(?!(?:onnx|openvino|coreml)\/)(?:.*\/)?(?:[^/]+\.(?:json|txt|safetensors|model)|README\.md)$/;
/** Downloaded when everything else is there: a snapshot that has one of them is whole. */
export const LAST_FILES = ['modules.json', 'config.json'];

interface HubFile {
  readonly path: string;
  readonly size: number;
  /** Names its content. */
  readonly hash: string;
}

export function cachedRepository(cache: string, id: string): string {
  return join(cache, `models--${id.replace('/', '--')}`);
}

/**
 * Downloads a model into the hub cache.
 *
 * @returns the folder of its files
 * @throws DownloadError in one sentence
 */
export async function downloadModel(download: Download): Promise<string> {
  const { id, revision, cache, onDownload } = download;
  const repository = cachedRepository(cache, id);
  try {
    const hub = await connect(download);
    const commit = await hub.commit();
    const snapshot = join(repository, 'snapshots', commit);
    const files = inOrder((await hub.files(commit)).filter(({ path }) => WANTED.test(path)));
    const total = files.reduce((sum, { size }) => sum + size, 0);
    let bytes = 0;
    for (const file of files) {
      const blob = join(repository, 'blobs', file.hash);
      if (await isMissing(blob)) {
        const before = bytes;
        await writeBlob(blob, await hub.content(file.path, commit), (written) =>
          onDownload?.(before + written, total),
        );
      }
      bytes += file.size;
      onDownload?.(bytes, total);
      await link(blob, join(snapshot, file.path));
    }
    if (revision !== commit) await writeWhole(join(repository, 'refs', revision), commit);
    return snapshot;
  } catch (error) {
    throw new DownloadError(`${id} cannot be downloaded from the hub: ${reason(error)}`, { cause: error });
  }
}

interface Hub {
  commit(): Promise<string>;
  files(commit: string): Promise<HubFile[]>;
  content(path: string, commit: string): Promise<ReadableStream>;
}

/** The package is loaded only where something is downloaded. */
async function connect({ id, revision, token = process.env['HF_TOKEN'] }: Download): Promise<Hub> {
  const { downloadFile, listFiles, modelInfo } = await import('@huggingface/hub');
  const hubUrl = process.env['HF_ENDPOINT'];
  const shared = { ...(hubUrl && { hubUrl }), ...(token && { accessToken: token }) };
  return {
    commit: async () => (await modelInfo({ name: id, revision, additionalFields: ['sha'], ...shared })).sha,
    files: async (commit) => {
      const found: HubFile[] = [];
      for await (const entry of listFiles({ repo: id, revision: commit, recursive: true, ...shared })) {
        const { type, path, size, lfs, oid } = entry;
        const hash = lfs?.oid ?? oid;
        if (type === 'file' && hash !== undefined)
          found.push({ path: checkedPath(path), size, hash: checkedHash(hash) });
      }
      return found;
    },
    content: async (path, commit) => {
      const blob = await downloadFile({ repo: id, revision: commit, path, ...shared });
      if (blob === null) throw new Error(`it has no file ${path}`);
      return blob.stream();
    },
  };
}

/** What names a file on the hub becomes part of a path here. */
function checkedPath(path: string): string {
  if (/^[\w .+-]+(?:\/[\w .+-]+)*$/.test(path) && !path.split('/').includes('..')) return path;
  throw new Error(`the hub names a file ${JSON.stringify(path)}, which is no path inside a folder`);
}

function checkedHash(hash: string): string {
  if (/^[0-9a-f]{40,64}$/.test(hash)) return hash;
  throw new Error(`the hub gives ${JSON.stringify(hash)} as a file's hash`);
}

function inOrder(files: readonly HubFile[]): HubFile[] {
  const rank = ({ path }: HubFile): number => LAST_FILES.indexOf(path);
  return files.toSorted((a, b) => rank(a) - rank(b));
}

async function writeBlob(
  path: string,
  content: ReadableStream,
  onWritten: (bytes: number) => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomUUID()}.incomplete`;
  let written = 0;
  try {
    const bytes = Readable.fromWeb(content);
    bytes.on('data', (chunk: Uint8Array) => onWritten((written += chunk.length)));
    await pipeline(bytes, createWriteStream(unfinished));
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function link(blob: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (await isMissing(path)) await symlink(relative(dirname(path), blob), path);
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomUUID()}.incomplete`;
  await writeFile(unfinished, text);
  await rename(unfinished, path);
}

const isMissing = (path: string): Promise<boolean> =>
  stat(path).then(
    () => false,
    () => true,
  );

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = (error as { statusCode?: unknown }).statusCode;
  if (status === 401 || status === 403) return 'it needs a permission; give a token (HF_TOKEN)';
  if (status === 404) return 'there is no such model or revision';
  // fetch says "fetch failed" and keeps the reason to itself.
  return error.cause instanceof Error ? `no connection (${error.cause.message})` : error.message;
}
