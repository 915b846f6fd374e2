import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const MODEL = 'org/model';
export const COMMIT = 'c'.repeat(40);
/** A secret that only the hub may receive, and no other host. */
export const TOKEN = 'hf_secret';

const WEIGHTS = Buffer.alloc(50_000, 'weights ');
const FILES: Readonly<Record<string, Buffer>> = {
  'config.json': Buffer.from('{"model_type": "bert"}'),
  'modules.json': Buffer.from('[]'),
  'model.safetensors': WEIGHTS,
};

/** An entry in the list of files, as the hub sends it. */
export type Entry = Record<string, unknown>;

/** One request to the hub, and the answer of an honest hub. */
export interface Question {
  readonly kind: 'commit' | 'files' | 'content';
  /** The requested file. */
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly honest: Buffer;
  /** The address of the other host, which answers honestly. */
  readonly elsewhere: string;
}

/** Answers one request, or returns false to leave it to the honest answer. */
export type Answer = (question: Question) => boolean;

export interface LyingHub {
  readonly address: string;
  /** The token that the other host received with each request. */
  readonly seenElsewhere: (string | undefined)[];
  close(): Promise<void>;
}

/** Starts a hub with one small model on this machine. It answers as `answer` says. A second host runs beside it. */
export async function startLyingHub(answer: Answer): Promise<LyingHub> {
  const seenElsewhere: (string | undefined)[] = [];
  const other = createServer((request, response) => {
    seenElsewhere.push(request.headers.authorization);
    respond(honestly(request.url ?? '').honest, response);
  });
  const elsewhere = await listen(other);
  const hub = createServer((request, response) => {
    response.on('error', () => undefined);
    const asked = honestly(request.url ?? '');
    if (!answer({ ...asked, request, response, elsewhere })) respond(asked.honest, response);
  });
  return {
    address: await listen(hub),
    seenElsewhere,
    close: async () => {
      for (const server of [hub, other]) {
        server.closeAllConnections();
        await once(server.close(), 'close');
      }
    },
  };
}

export function entries(): Entry[] {
  return Object.entries(FILES).map(([path, content]) => {
    const size = content.length;
    const oid = createHash('sha1').update(`blob ${size}\0`).update(content).digest('hex');
    const sha256 = createHash('sha256').update(content).digest('hex');
    const lfs = { oid: sha256, size, pointerSize: 130 };
    return { type: 'file', path, size, oid, ...(content === WEIGHTS && { lfs }) };
  });
}

function honestly(url: string): Pick<Question, 'kind' | 'path' | 'honest'> {
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  if (url.includes('/tree/')) return { kind: 'files', path: '', honest: json(entries()) };
  const path = /\/resolve\/[^/]+\/(.+)$/.exec(url)?.[1];
  if (path === undefined) return { kind: 'commit', path: '', honest: json({ id: MODEL, sha: COMMIT }) };
  return { kind: 'content', path, honest: FILES[path] ?? Buffer.alloc(0) };
}

function respond(bytes: Buffer, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
}

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
