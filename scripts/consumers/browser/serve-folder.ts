import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../../../src/errors.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Threads need shared memory, which a browser gives only to isolated pages. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
} as const;

export interface FolderServer {
  readonly url: string;
  stop(): void;
}

/**
 * Serves the files of a folder to this machine. Default: on a free port.
 *
 * @throws UsageError if the port is occupied
 */
export async function serveFolder(folder: string, port = 0): Promise<FolderServer> {
  const server = createServer((request, response) => {
    void sendFile(pathIn(folder, request.url ?? '/'), response);
  });
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(isTaken ? new UsageError(`port ${port} is taken; choose another, or 0 for a free one`) : error);
    };
    server.once('error', fail).listen(port, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, stop: () => stop(server) };
}

/** undefined if the URL is not a path. */
function pathIn(folder: string, url: string): string | undefined {
  try {
    // Normalized from the root, so that .. cannot leave the folder.
    return join(folder, normalize(`/${decodeURIComponent(new URL(url, 'http://localhost').pathname)}`));
  } catch {
    return undefined;
  }
}

async function sendFile(path: string | undefined, response: ServerResponse): Promise<void> {
  const file = path?.endsWith(sep) === true ? join(path, 'index.html') : path;
  const found = file === undefined ? undefined : await stat(file).catch(() => undefined);
  if (file === undefined || found?.isFile() !== true) {
    response.writeHead(404, ISOLATION).end('There is no such file.\n');
    return;
  }
  response.writeHead(200, {
    ...ISOLATION,
    'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    'Content-Length': found.size,
  });
  // A reader that disconnects has all it wants.
  await pipeline(createReadStream(file), response).catch(() => undefined);
}

function stop(server: Server): void {
  server.close();
  server.closeAllConnections();
}
