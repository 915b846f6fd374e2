import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DownloadError, InputError, OptionError } from '../errors.js';
import { locateModel } from './locate.js';

const COMMIT = 'c'.repeat(40);
/** What the hub of these tests has. */
const FILES: Readonly<Record<string, string>> = {
  'modules.json': '[]',
  'config.json': '{}',
  'model.safetensors': 'weights',
  '1_SpladePooling/config.json': '{"pooling_strategy": "max"}',
  'pytorch_model.bin': 'a pickle',
  'onnx/model.onnx': 'a graph',
  'onnx/config.json': '{}',
};

let folder: string;
let cache: string;
let server: Server;
let requests: string[];
let listed: Record<string, string>;
/** Listed, but the file itself cannot be had. */
let unavailable: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sparse-encoder-locate-'));
  cache = join(folder, 'hub');
  requests = [];
  listed = { ...FILES };
  server = createServer((request, response) => {
    const url = request.url ?? '';
    requests.push(url);
    const answer = answerTo(url);
    const isRange = request.headers.range !== undefined && url.includes('/resolve/');
    response.writeHead(answer === undefined ? 404 : isRange ? 206 : 200, {
      'content-type': 'application/json',
      etag: '"e"',
      ...(answer !== undefined && isRange && { 'content-range': `bytes 0-0/${answer.length}` }),
    });
    response.end(isRange ? answer?.slice(0, 1) : (answer ?? '{"error": "not found"}'));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('HF_HUB_OFFLINE', '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
  await rm(folder, { recursive: true });
});

function answerTo(url: string): string | undefined {
  const file = /^\/org\/model\/resolve\/c+\/(.*)$/.exec(url)?.[1];
  if (file !== undefined) return file === unavailable ? undefined : listed[file];
  if (url.startsWith('/api/models/org/model/revision/main'))
    return JSON.stringify({ id: 'org/model', sha: COMMIT });
  if (!url.startsWith(`/api/models/org/model/tree/${COMMIT}`)) return undefined;
  return JSON.stringify(
    Object.entries(listed).map(([path, content]) => {
      const oid = createHash('sha1').update(content).digest('hex');
      return { type: 'file', path, size: content.length, oid };
    }),
  );
}

test('a folder is taken as it is', async () => {
  expect(await locateModel(folder)).toBe(folder);
});

test('a model id is downloaded once, without pickles and files of other runtimes, into the layout of the hub cache', async () => {
  const seen: [number, number][] = [];
  const options = {
    cacheFolder: cache,
    onDownload: (bytes: number, total: number) => seen.push([bytes, total]),
  };
  const found = await locateModel('org/model', options);
  expect(found).toBe(join(cache, 'models--org--model', 'snapshots', COMMIT));
  const names = await readdir(found, { recursive: true });
  expect(names.toSorted()).toEqual(
    [
      '1_SpladePooling',
      '1_SpladePooling/config.json',
      'config.json',
      'model.safetensors',
      'modules.json',
    ].toSorted(),
  );
  expect(await readFile(join(found, '1_SpladePooling/config.json'), 'utf8')).toBe(
    '{"pooling_strategy": "max"}',
  );
  expect(await readFile(join(cache, 'models--org--model', 'refs', 'main'), 'utf8')).toBe(COMMIT);
  const total = 2 + 2 + 7 + 27;
  expect(seen.at(-1)).toEqual([total, total]);

  const before = requests.length;
  expect(await locateModel('org/model', options)).toBe(found);
  expect(requests.length).toBe(before);
});

test('a download that was cut off is not taken for a model, and is finished by the next', async () => {
  unavailable = 'model.safetensors';
  await expect(locateModel('org/model', { cacheFolder: cache })).rejects.toThrow(DownloadError);
  unavailable = undefined;
  const found = await locateModel('org/model', { cacheFolder: cache });
  expect(await readFile(join(found, 'model.safetensors'), 'utf8')).toBe('weights');
});

test('what names neither a folder nor a model says so', async () => {
  await expect(locateModel(join(folder, 'nothing'))).rejects.toThrow(/there is no folder .*no model id/);
  await writeFile(join(folder, 'file'), '');
  await expect(locateModel(join(folder, 'file'))).rejects.toThrow(/is a file; expected the folder/);
  await expect(locateModel('org/model', { revision: '../x' })).rejects.toThrow(OptionError);
  await expect(locateModel('org/other', { cacheFolder: cache })).rejects.toThrow(
    'there is no folder org/other, and org/other cannot be downloaded from the hub: there is no such model or revision',
  );
});

test('a bare name that is no folder is asked for under an organization, and the error names both', async () => {
  await expect(locateModel('nope', { cacheFolder: cache })).rejects.toThrow(
    /^there is no folder nope, and sparse-encoder\/nope cannot be downloaded from the hub: there is no such model or revision$/,
  );
});

test('without a network, and where downloading is turned off, one sentence says it', async () => {
  await expect(locateModel('org/model', { cacheFolder: cache, localFilesOnly: true })).rejects.toThrow(
    InputError,
  );
  vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
  await expect(locateModel('org/model', { cacheFolder: cache })).rejects.toThrow(
    /^there is no folder org\/model, and org\/model cannot be downloaded from the hub: no connection \(.+\)$/,
  );
});

test('a hub that names files outside the folder is not believed', async () => {
  listed['../../evil.json'] = '{}';
  await expect(locateModel('org/model', { cacheFolder: cache })).rejects.toThrow(/no path inside a folder/);
  await mkdir(cache, { recursive: true });
  expect(await readdir(folder)).toEqual(['hub']);
});
