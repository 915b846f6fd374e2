import type { ReadableStream } from 'node:stream/web';
import type { HubFile } from './listing.js';

/** A model on the hub. */
export interface HubClient {
  /** The commit that a branch or tag is now. */
  commit(revision: string): Promise<string>;
  files(commit: string): Promise<HubFile[]>;
  content(path: string, commit: string): Promise<ReadableStream>;
}

/** The package is loaded only where the hub is asked. */
export async function connectToHub(id: string, token: string | undefined): Promise<HubClient> {
  const { downloadFile, listFiles, modelInfo } = await import('@huggingface/hub');
  const hubUrl = process.env['HF_ENDPOINT']?.replace(/\/+$/, '');
  const accessToken = token ?? process.env['HF_TOKEN'];
  const shared = { ...(hubUrl && { hubUrl }), ...(accessToken && { accessToken }) };
  const repo = { type: 'model', name: id } as const;
  return {
    commit: async (revision) =>
      checked(
        (await modelInfo({ name: id, revision, additionalFields: ['sha'], ...shared })).sha,
        40,
        'commit',
      ),
    files: async (commit) => {
      const found: HubFile[] = [];
      for await (const entry of listFiles({ repo, revision: commit, recursive: true, ...shared })) {
        const { type, path, size, lfs, oid, xetHash } = entry;
        if (type !== 'file') continue;
        found.push({
          path,
          size: lfs?.size ?? size,
          blobId: checked(oid, 40, `hash of ${path}`),
          ...(lfs && { sha256: checked(lfs.oid, 64, `hash of ${path}`) }),
          ...(xetHash !== undefined && { xetHash: checked(xetHash, 64, `hash of ${path}`) }),
        });
      }
      return found;
    },
    content: async (path, commit) => {
      const encoded = path.split('/').map(encodeURIComponent).join('/');
      const blob = await downloadFile({ repo, revision: commit, path: encoded, ...shared });
      if (blob === null) throw new Error(`it has no file ${path}`);
      return blob.stream();
    },
  };
}

/** A hash becomes part of a path here. */
function checked(hash: string | undefined, digits: number, what: string): string {
  if (hash !== undefined && hash.length === digits && /^[0-9a-f]+$/.test(hash)) return hash;
  throw new Error(
    `the hub gives ${JSON.stringify(hash)} as the ${what}; expected ${digits} hexadecimal digits`,
  );
}
