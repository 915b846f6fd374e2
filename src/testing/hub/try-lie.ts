import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { locateModel } from '../../encoder/locate.js';
import { DownloadError } from '../../errors.js';
import type { Lie } from './lies.js';
import { MODEL, startLyingHub, TOKEN } from './lying-hub.js';

/** The seconds of silence after which a download fails, enough for these hubs. */
const SILENCE = '0.3';

/**
 * Loads a model from a hub that lies. Whatever the hub says, nothing is written outside the cache, every file in the cache has
 * the content that its name says, nothing unfinished is left, and no other host sees the token.
 *
 * @param folder an empty folder
 * @throws Error saying what is wrong
 */
export async function tryLie({ answer, refusal }: Lie, folder: string): Promise<'as expected'> {
  const hub = await startLyingHub(answer);
  const before = { ...process.env };
  Object.assign(process.env, { HF_ENDPOINT: hub.address, HF_HUB_DOWNLOAD_TIMEOUT: SILENCE });
  try {
    const options = { cacheFolder: join(folder, 'a', 'b', 'hub'), token: TOKEN };
    const loading = locateModel(MODEL, options);
    if (refusal === undefined) await loading;
    else await checkRefusal(loading, refusal);
  } finally {
    for (const name of ['HF_ENDPOINT', 'HF_HUB_DOWNLOAD_TIMEOUT']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await hub.close();
  }
  checkFolder(folder);
  const told = hub.seenElsewhere.filter((token) => token !== undefined);
  if (told.length > 0) throw new Error(`another host was told ${told.join(', ')}`);
  return 'as expected';
}

async function checkRefusal(loading: Promise<string>, refusal: RegExp): Promise<void> {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DownloadError && refusal.test(error.message)) return;
  const found = error instanceof Error ? `${error.name}: ${error.message}` : 'no error';
  throw new Error(`expected a DownloadError with ${refusal}; got ${found}`);
}

const REPOSITORY = join('a', 'b', 'hub', 'models--org--model');

function checkFolder(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const inside = path.slice(folder.length + 1);
    const isExpected = inside.startsWith(join(REPOSITORY, '/')) && !/tmp$|old$|incomplete/.test(entry.name);
    if (!isExpected) throw new Error(`${inside} was written`);
    if (entry.parentPath.endsWith('blobs')) checkBlob(path, entry.name);
  }
}

function checkBlob(path: string, name: string): void {
  const content = readFileSync(path);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const sha1 = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  if (![sha1, sha256].includes(name)) throw new Error(`${name} has the content of ${sha256}`);
}
