// @module-tag slow
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { BUILT_PROGRAMS } from '../../worker-thread.js';

const SOURCES = new URL('../../', import.meta.url);

/** Encodes a text and then lives until its standard input ends. */
const PROGRAM = `
  import { SparseEncoder } from './index.ts';
  const model = await SparseEncoder.load('../fixtures/models/csr');
  await model.encode('a dog');
  console.log('encoded');
  process.stdin.resume();`;

/** The same in a pool's worker thread. */
const IN_POOL = `
  import { EncoderPool } from './index.ts';
  const pool = await EncoderPool.load('../fixtures/models/csr');
  await pool.encode('a dog');
  console.log('encoded');
  process.stdin.resume();`;

/** The same in a user's worker thread. */
const IN_WORKER = `
  import { Worker } from 'node:worker_threads';
  const start = \`
    import('tsx/esm/api').then(({ register }) => {
      register();
      return import(process.cwd() + '/index.ts');
    }).then(async ({ SparseEncoder }) => {
      const model = await SparseEncoder.load('../fixtures/models/csr');
      await model.encode('a dog');
      console.log('encoded');
    })\`;
  new Worker(start, { eval: true });
  process.stdin.resume();`;

interface Watched {
  readonly process: ChildProcess;
  readonly encoded: Promise<unknown>;
  /** Hosts that it tried to reach. */
  readonly hosts: string[];
  /** Resolves when it tries to reach the first host. */
  readonly reached: Promise<unknown>;
  readonly told: () => string;
  readonly files: () => string[];
}

/**
 * A process with a new home folder. A proxy is its only way into the network, for names as well as for data, and only
 * notes which hosts it asks for.
 */
async function watched(program: string, env: Record<string, string> = {}): Promise<Watched> {
  const hosts: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request) => {
      hosts.push(String(request).split('\r\n')[0] ?? '');
      server.emit('host');
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const proxy = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const home = temporaryFolder();
  // In CI the library reports nothing by itself, so there would be nothing to observe.
  const { ORT_DISABLE_TELEMETRY: _, CI: __, GITHUB_ACTIONS: ___, TF_BUILD: ____, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    cwd: fileURLToPath(SOURCES),
    env: {
      ...inherited,
      HOME: home,
      XDG_CACHE_HOME: '',
      TMPDIR: home,
      http_proxy: proxy,
      https_proxy: proxy,
      all_proxy: proxy,
      no_proxy: '',
      NO_PROXY: '',
      // Node refuses a thread a file beside --input-type, so that of the pool reads the sources, too.
      [BUILT_PROGRAMS]: undefined,
      ...env,
    },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    server.close();
  });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk));
  return {
    process: child,
    encoded: once(child.stdout, 'data'),
    hosts,
    reached: once(server, 'host'),
    told: () => told,
    // tsx caches compiled files there.
    files: () =>
      readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('tsx-')),
  };
}

test('nothing is reported: no identifier is written, and no host is contacted', async () => {
  // Control: with telemetry on, a report is visible here.
  const reporting = await watched(PROGRAM, { ORT_DISABLE_TELEMETRY: '0' });
  const silent = [await watched(PROGRAM), await watched(IN_POOL)] as const;
  await Promise.all([reporting, ...silent].map(({ encoded }) => encoded));
  await reporting.reached;
  // Wait as long again as that report took; the first process goes on meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(reporting.files()).toEqual(
    expect.arrayContaining([expect.stringMatching(/\.onnxruntime\/deviceid$/)]),
  );
  expect(reporting.hosts[0]).toMatch(/^CONNECT .*microsoft\.com/);
  expect(silent.flatMap(({ files }) => files())).toEqual([]);
  expect(silent.flatMap(({ hosts }) => hosts)).toEqual([]);
  const [alone] = silent;
  alone.process.stdin?.end();
  await once(alone.process, 'close');
  expect([alone.files(), alone.hosts, alone.told()]).toEqual([[], [], '']);
});

test('a worker thread that cannot turn reports off says so, and one whose process has turned them off is silent', async () => {
  const warned = await watched(IN_WORKER);
  await warned.encoded;
  expect(warned.told()).toMatch(/which a worker thread cannot turn off.*set ORT_DISABLE_TELEMETRY=1/);
  const silent = await watched(`import './engine/runtime/ort.ts';${IN_WORKER}`);
  await silent.encoded;
  expect([silent.told(), silent.files(), silent.hosts]).toEqual(['', [], []]);
});
