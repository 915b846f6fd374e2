import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { InputError, UploadError } from '../../errors.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { type PublishingHub, startPublishingHub, TOKEN } from '../../testing/hub/publishing-hub.js';
import { modelFixture } from '../../testing/new-encoders.js';
import { SparseEncoder } from '../sparse-encoder.js';
import { pushFolder } from './push.js';

beforeAll(() => setEngine('cpu'));

const FIXTURE = modelFixture('splade-bert');

function pushed(hub: PublishingHub, name: string): Map<string, Buffer> {
  const files = hub.branches.get(name);
  if (files === undefined) throw new Error(`nothing was pushed to ${name}`);
  return files;
}

const temporary = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('sparse-encoder-push-'));

describe('pushToHub', () => {
  it('uploads the model with its card as one commit, which loads to the same embeddings', async () => {
    const hub = await startPublishingHub();
    const model = await SparseEncoder.load(FIXTURE);
    const told: number[] = [];
    const address = await model.pushToHub('me/my-splade', {
      private: true,
      onProgress: (done) => told.push(done),
    });
    expect(address).toMatch(/\/me\/my-splade\/commit\/c{40}$/);
    expect(hub.isPrivate.get('me/my-splade')).toBe(true);
    expect(told.at(-1)).toBe(1);
    const folder = join(temporaryFolder(), 'downloaded');
    for (const [path, content] of pushed(hub, 'me/my-splade@main')) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const loaded = await SparseEncoder.load(folder);
    expect(await loaded.encode(['a decorator paints walls'])).toEqual(
      await model.encode(['a decorator paints walls']),
    );
    expect(temporary()).toEqual([]);
  });

  it('sends the token to the hub, and to no storage', async () => {
    const hub = await startPublishingHub();
    await pushFolder(FIXTURE, 'me/my-splade', { token: 'hf_given' });
    const tokens = (isStorage: boolean): Set<string | undefined> =>
      new Set(
        hub.requests.filter(({ what }) => what.includes('/storage/') === isStorage).map(({ token }) => token),
      );
    expect(tokens(false)).toEqual(new Set(['hf_given']));
    expect(tokens(true)).toEqual(new Set([undefined]));
  });
});

describe('pushFolder', () => {
  it('leaves out what is hidden and what a run leaves beside a model', async () => {
    const hub = await startPublishingHub();
    const folder = join(temporaryFolder(), 'run');
    for (const path of [
      'modules.json',
      'config.json',
      '.git/config',
      'checkpoint-5/model.safetensors',
      'eval/a.csv',
      'onnx/model.onnx',
    ]) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), path);
    }
    await pushFolder(folder, 'model');
    expect([...pushed(hub, 'me/model@main').keys()].toSorted()).toEqual([
      'config.json',
      'modules.json',
      'onnx/model.onnx',
    ]);
  });

  it('adds to a repository only where that is allowed, and keeps its card', async () => {
    const hub = await startPublishingHub();
    const folder = join(temporaryFolder(), 'model');
    await (await SparseEncoder.load(FIXTURE)).save(folder);
    await pushFolder(folder, 'me/m');
    const again = await pushFolder(folder, 'me/m').catch((error: unknown) => error);
    expect(again).toBeInstanceOf(UploadError);
    expect((again as Error).message).toContain('me/m exists on the hub; allow that to add to it (existOk)');
    pushed(hub, 'me/m@main').set('README.md', Buffer.from('by hand'));
    await pushFolder(folder, 'me/m', { existOk: true });
    expect(pushed(hub, 'me/m@main').get('README.md')?.toString()).toBe('by hand');
    await pushFolder(folder, 'me/m', { existOk: true, replaceModelCard: true });
    expect(pushed(hub, 'me/m@main').get('README.md')?.toString()).toBe(
      readFileSync(join(folder, 'README.md'), 'utf8'),
    );
  });

  it('makes the branch, or opens a pull request', async () => {
    const hub = await startPublishingHub();
    await pushFolder(FIXTURE, 'me/m', { revision: 'v2' });
    expect(pushed(hub, 'me/m@v2').size).toBeGreaterThan(3);
    expect(pushed(hub, 'me/m@main').size).toBe(0);
    expect(await pushFolder(FIXTURE, 'me/m', { createPr: true })).toMatch(/\/me\/m\/discussions\/1$/);
    expect(pushed(hub, 'me/m@main').size).toBe(0);
    expect(pushed(hub, 'me/m@refs/pr/1').size).toBeGreaterThan(3);
  });

  it('refuses a folder without a model before it asks the hub', async () => {
    const hub = await startPublishingHub();
    const empty = temporaryFolder();
    await expect(pushFolder(empty, 'me/m')).rejects.toThrow(InputError);
    await expect(pushFolder(empty, 'me/m')).rejects.toThrow(
      'has no modules.json; expected the folder of a model',
    );
    await expect(pushFolder(join(empty, 'none'), 'me/m')).rejects.toThrow('there is no folder');
    expect(hub.requests).toEqual([]);
  });

  it.each([
    [401, 'the hub does not know the token'],
    [403, 'the token may not write there'],
    [503, 'the hub answers 503: "come back later"'],
  ])('says what a hub means that answers %i, without addresses', async (status, told) => {
    const hub = await startPublishingHub();
    hub.refuse = (what) =>
      what.includes('/storage/') ? { status, json: { error: 'come back later' } } : undefined;
    const error = await pushFolder(FIXTURE, 'me/m').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UploadError);
    expect((error as Error).message).toContain(`me/m cannot be published: ${told}`);
    expect((error as Error).message).not.toContain('signature');
    expect(pushed(hub, 'me/m@main').size).toBe(0);
  });

  it('needs a token', async () => {
    await startPublishingHub();
    vi.stubEnv('HF_TOKEN', '');
    vi.stubEnv('HF_HOME', temporaryFolder());
    await expect(pushFolder(FIXTURE, 'me/m')).rejects.toThrow('the hub needs a token with write access');
    const stored = join(temporaryFolder(), 'token');
    writeFileSync(stored, `${TOKEN}\n`);
    vi.stubEnv('HF_TOKEN_PATH', stored);
    await pushFolder(FIXTURE, 'me/m');
  });

  it('says that there is no connection', async () => {
    await startPublishingHub();
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    await expect(pushFolder(FIXTURE, 'me/m')).rejects.toThrow('me/m cannot be published: no connection');
  });

  it('ends with the reason of its signal', async () => {
    const hub = await startPublishingHub();
    const stop = new AbortController();
    hub.refuse = (what) => {
      if (what.includes('/preupload/')) stop.abort(new Error('enough'));
      return undefined;
    };
    await expect(pushFolder(FIXTURE, 'me/m', { signal: stop.signal })).rejects.toThrow('enough');
    expect(pushed(hub, 'me/m@main').size).toBe(0);
  });
});
