import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';

export const TOKEN = 'hf_that_may_write';
const OWNER = 'me';

/** A hub on this machine that takes commits, as Hugging Face's does. */
export interface PublishingHub {
  /** Files by path of each branch, by the repository's name and the branch: `me/model@main`. */
  readonly branches: Map<string, Map<string, Buffer>>;
  readonly isPrivate: Map<string, boolean>;
  /** The title of each commit, in order. */
  readonly commits: { readonly title: string }[];
  /** Method, path and token of each request. */
  readonly requests: { readonly what: string; readonly token: string | undefined }[];
  /** The answer to a request instead of the honest one, by what it is; undefined answers honestly. */
  refuse: (what: string) => { readonly status: number; readonly json: unknown } | undefined;
}

interface Reply {
  readonly status: number;
  readonly json?: unknown;
}

const fine = (json: unknown = {}): Reply => ({ status: 200, json });

/** Runs a hub until the test ends, and points HF_ENDPOINT and HF_TOKEN to it. */
export async function startPublishingHub(): Promise<PublishingHub> {
  const hub: PublishingHub = {
    branches: new Map(),
    isPrivate: new Map(),
    commits: [],
    requests: [],
    refuse: () => undefined,
  };
  /** Large files that have been uploaded, by their hash. */
  const stored = new Map<string, Buffer>();
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const what = `${request.method} ${decodeURIComponent(request.url ?? '')}`;
    hub.requests.push({ what, token: request.headers.authorization?.replace('Bearer ', '') });
    const { status, json } = hub.refuse(what) ?? answer(what, body, { hub, stored, address });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(json === undefined ? '' : JSON.stringify(json));
  };
  const server = createServer((request, response) => void reply(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('HF_ENDPOINT', address);
  vi.stubEnv('HF_TOKEN', TOKEN);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  });
  return hub;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface State {
  readonly hub: PublishingHub;
  readonly stored: Map<string, Buffer>;
  readonly address: string;
}

type Handler = (body: Buffer, state: State, ...found: string[]) => Reply;

const jsonOf = (body: Buffer): Record<string, unknown> =>
  JSON.parse(body.toString()) as Record<string, unknown>;

const HANDLERS: readonly (readonly [RegExp, Handler])[] = [
  [/^GET \/api\/whoami-v2$/, () => fine({ type: 'user', name: OWNER, auth: {} })],
  [/^POST \/api\/repos\/create$/, createRepository],
  [
    /^POST \/api\/models\/([^/]+\/[^/]+)\/branch\/([^/]+)$/,
    (_, { hub }, name = '', branch = '') => {
      const branches = hub.branches;
      if (!branches.has(`${name}@${branch}`)) {
        branches.set(`${name}@${branch}`, new Map(branches.get(`${name}@main`)));
      }
      return fine();
    },
  ],
  [
    /^HEAD \/([^/]+\/[^/]+)\/(?:raw|resolve)\/([^/]+)\/(.+)$/,
    (_, { hub }, name = '', branch = '', path = '') =>
      hub.branches.get(`${name}@${branch}`)?.has(path) === true ? { status: 200 } : { status: 404 },
  ],
  [
    /^POST \/api\/models\/.+\/preupload\/[^/?]+/,
    (body) => {
      const files = jsonOf(body)['files'] as { path: string }[];
      return fine({
        files: files.map(({ path }) => ({
          path,
          uploadMode: isLarge(path) ? 'lfs' : 'regular',
          shouldIgnore: false,
        })),
      });
    },
  ],
  [
    /\.git\/info\/lfs\/objects\/batch$/,
    (body, { address }) => {
      const objects = jsonOf(body)['objects'] as { oid: string; size: number }[];
      return fine({
        transfer: 'basic',
        objects: objects.map(({ oid, size }) => ({
          oid,
          size,
          actions: { upload: { href: `${address}/storage/${oid}?signature=secret`, header: {} } },
        })),
      });
    },
  ],
  [
    /^PUT \/storage\/(\w+)/,
    (body, { stored }, oid = '') => {
      if (createHash('sha256').update(body).digest('hex') !== oid) return { status: 400 };
      stored.set(oid, body);
      return fine();
    },
  ],
  [/^POST \/api\/models\/([^/]+\/[^/]+)\/commit\/([^/?]+)(\?create_pr=1)?$/, commit],
];

/** Weights are stored outside git. */
const isLarge = (path: string): boolean => /\.(?:safetensors|onnx)$/.test(path);

function answer(what: string, body: Buffer, state: State): Reply {
  for (const [pattern, handler] of HANDLERS) {
    const found = pattern.exec(what);
    if (found !== null) return handler(body, state, ...found.slice(1));
  }
  return { status: 404, json: { error: `there is no ${what}` } };
}

function createRepository(body: Buffer, { hub, address }: State): Reply {
  const { name, organization, visibility } = jsonOf(body);
  const id = `${String(organization)}/${String(name)}`;
  if (hub.branches.has(`${id}@main`)) {
    return { status: 409, json: { error: 'You already created this model repo' } };
  }
  hub.branches.set(`${id}@main`, new Map());
  hub.isPrivate.set(id, visibility === 'private');
  return fine({ url: `${address}/${id}`, id, name: id });
}

function commit(
  body: Buffer,
  { hub, stored, address }: State,
  name = '',
  branch = '',
  asPullRequest = '',
): Reply {
  const files = hub.branches.get(`${name}@${branch}`);
  if (files === undefined) return { status: 404, json: { error: 'Repository not found' } };
  const target = asPullRequest === '' ? files : new Map(files);
  for (const line of body.toString().trim().split('\n')) {
    const { key, value } = JSON.parse(line) as { key: string; value: Record<string, string> };
    const path = value['path'] ?? '';
    if (key === 'header') hub.commits.push({ title: value['summary'] ?? '' });
    if (key === 'file') target.set(path, Buffer.from(value['content'] ?? '', value['encoding'] as 'base64'));
    if (key === 'lfsFile') target.set(path, stored.get(value['oid'] ?? '') ?? Buffer.alloc(0));
  }
  if (target !== files) hub.branches.set(`${name}@refs/pr/1`, target);
  return fine({
    success: true,
    commitOid: 'c'.repeat(40),
    commitUrl: `${address}/${name}/commit/${'c'.repeat(40)}`,
    hookOutput: '',
    ...(target !== files && { pullRequestUrl: `${address}/${name}/discussions/1` }),
  });
}
