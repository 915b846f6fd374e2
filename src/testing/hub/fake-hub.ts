import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';

/** File contents by path. */
export type HubFiles = Record<string, string>;

/** A model hub on this machine, with everything that downloads need. */
export interface FakeHub {
  /** Every requested URL. */
  readonly requests: string[];
  /** Models by id, each with its commits and their files. The hub answers with whatever a test puts here. */
  readonly models: Record<string, Record<string, HubFiles>>;
  /** The commit of each model's `main`. */
  readonly main: Record<string, string>;
  /** Paths that are listed but cannot be downloaded. */
  readonly unavailable: Set<string>;
  /** Replacement content by path, instead of the listed content. */
  readonly replaced: Record<string, string>;
  /** Old ids of models, from before they had an organization. */
  readonly renamed: Record<string, string>;
}

/** Runs a hub until the test ends, and points HF_ENDPOINT to it. */
export async function startFakeHub(): Promise<FakeHub> {
  const hub: FakeHub = {
    requests: [],
    models: {},
    main: {},
    unavailable: new Set(),
    replaced: {},
    renamed: {},
  };
  const server = createServer((request, response) => {
    const url = decodeURI(request.url ?? '');
    hub.requests.push(url);
    const old = Object.keys(hub.renamed).find((id) => new RegExp(`^/(?:api/models/)?${id}/`).test(url));
    if (old !== undefined) {
      response.writeHead(307, { location: (request.url ?? '').replace(old, hub.renamed[old] ?? '') }).end();
      return;
    }
    const { file, json } = answerTo(request.url ?? '', hub);
    const isRange = request.headers.range === 'bytes=0-0' && file !== undefined;
    const bytes = Buffer.from(file?.content ?? json ?? '{"error": "not found"}');
    const isFound = file !== undefined || json !== undefined;
    response.writeHead(isFound ? (isRange ? 206 : 200) : 404, {
      'content-type': 'application/json',
      'content-length': isRange ? 1 : bytes.length,
      ...(file && { etag: `"${file.hash}"`, 'x-repo-commit': file.commit }),
      ...(isRange && { 'content-range': `bytes 0-0/${bytes.length}` }),
      ...(!isFound && { 'x-error-code': url.includes('/resolve/') ? 'EntryNotFound' : 'RepoNotFound' }),
      ...(!isFound && url.includes('/resolve/') && { 'x-repo-commit': commitIn(url, hub) }),
    });
    response.end(request.method === 'HEAD' ? undefined : isRange ? bytes.subarray(0, 1) : bytes);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  // People often write the address with a slash at its end.
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  for (const name of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE', 'SENTENCE_TRANSFORMERS_HOME', 'HF_TOKEN']) {
    vi.stubEnv(name, '');
  }
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  });
  return hub;
}

interface Answer {
  readonly json?: string;
  readonly file?: { readonly content: string; readonly hash: string; readonly commit: string };
}

const RESOLVE = /^\/(.+)\/resolve\/([^/]+)\/(.+)$/;

function answerTo(url: string, hub: FakeHub): Answer {
  const { models, main, unavailable, replaced } = hub;
  const info = /^\/api\/models\/([^?]+?)(?:\/revision\/main)?(?:\?|$)/.exec(url)?.[1];
  if (info !== undefined && main[info] !== undefined) {
    return { json: JSON.stringify({ id: info, sha: main[info] }) };
  }
  const [, listedId = '', listedCommit = ''] = /^\/api\/models\/(.+)\/tree\/([^/?]+)\?/.exec(url) ?? [];
  const listing = models[listedId]?.[listedCommit];
  if (listing !== undefined) return { json: JSON.stringify(Object.entries(listing).map(listed)) };
  const [, id = '', , path = ''] = RESOLVE.exec(url) ?? [];
  const commit = commitIn(url, hub);
  const name = path.split('/').map(decodeURIComponent).join('/');
  const content = models[id]?.[commit]?.[name];
  if (content === undefined || unavailable.has(name)) return {};
  const { oid, lfs } = listed([name, content]);
  return { file: { content: replaced[name] ?? content, hash: lfs?.oid ?? oid, commit } };
}

function commitIn(url: string, { main }: FakeHub): string {
  const [, id = '', revision = ''] = RESOLVE.exec(url) ?? [];
  return revision === 'main' ? (main[id] ?? '') : revision;
}

/** Weights are stored outside git, as on the hub. */
function listed([path, content]: [string, string]) {
  const size = Buffer.byteLength(content);
  const oid = createHash('sha1').update(`blob ${size}\0`).update(content).digest('hex');
  const sha256 = createHash('sha256').update(content).digest('hex');
  const lfs = path.endsWith('.safetensors') ? { oid: sha256, size, pointerSize: 130 } : undefined;
  return { type: 'file', path, size, oid, lfs };
}
