import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { LIES } from '../../testing/hub/lies.js';
import { type Answer, COMMIT, MODEL, startLyingHub, TOKEN } from '../../testing/hub/lying-hub.js';
import { tryLie } from '../../testing/hub/try-lie.js';
import { loadTransformer } from '../load-transformer.js';
import { locateModel } from '../locate.js';
import { EncoderPool } from '../pool/encoder-pool.js';
import { SparseEncoder } from '../sparse-encoder.js';

beforeEach(() => {
  for (const name of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE', 'HF_TOKEN']) vi.stubEnv(name, '');
  onTestFinished(() => void vi.unstubAllEnvs());
});

it.each(LIES)('loading refuses $name, and leaves nothing false behind', async (lie) => {
  expect(await tryLie(lie, temporaryFolder())).toBe('as expected');
});

async function hubThat(answer: Answer): Promise<string> {
  const hub = await startLyingHub(answer);
  onTestFinished(() => hub.close());
  vi.stubEnv('HF_ENDPOINT', hub.address);
  return join(temporaryFolder(), 'hub');
}

it.each([
  ['SparseEncoder.load', SparseEncoder.load.bind(SparseEncoder)],
  ['EncoderPool.load', EncoderPool.load.bind(EncoderPool)],
  ['loadTransformer', loadTransformer],
] as const)('%s ends with its signal while the hub is silent', async (_, load) => {
  const cacheFolder = await hubThat(({ kind }) => kind === 'content');
  const control = new AbortController();
  const loading = load(MODEL, { cacheFolder, signal: control.signal });
  setTimeout(() => control.abort(new RangeError('enough')), 200);
  const begin = performance.now();
  await expect(loading).rejects.toThrow(new RangeError('enough'));
  expect(performance.now() - begin).toBeLessThan(2_000);
  const left = readdirSync(cacheFolder, { recursive: true }).map(String);
  expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('gives the token to the hub', async () => {
  const seen = new Set<string | undefined>();
  const cacheFolder = await hubThat(({ request }) => {
    seen.add(request.headers.authorization);
    return false;
  });
  await locateModel(MODEL, { cacheFolder, token: TOKEN });
  expect([...seen]).toEqual([`Bearer ${TOKEN}`]);
});

it('does not take over content from the cache that is not what the hub lists', async () => {
  const cacheFolder = await hubThat(() => false);
  const folder = await locateModel(MODEL, { cacheFolder });
  const blobs = join(cacheFolder, 'models--org--model', 'blobs');
  const contents = readdirSync(blobs).length;
  const right = readFileSync(join(folder, 'model.safetensors'));
  for (const name of readdirSync(blobs)) {
    const path = join(blobs, name);
    writeFileSync(path, Buffer.alloc(readFileSync(path).length));
  }
  rmSync(folder, { recursive: true });
  expect(await locateModel(MODEL, { cacheFolder })).toBe(folder);
  expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(right);
  expect(readdirSync(blobs)).toHaveLength(contents);
  expect(folder.endsWith(COMMIT)).toBe(true);
});
