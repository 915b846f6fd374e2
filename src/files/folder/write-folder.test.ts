import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.js';
import { copyOfModel, MODELS } from '../../testing/files/damaged-model.js';
import { contents, smallFolder } from '../../testing/files/small-folder.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { writeFolder } from './write-folder.js';

async function versionOne(): Promise<string> {
  const target = join(temporaryFolder(), 'model');
  await writeFolder(target, smallFolder(1));
  return target;
}

async function expected(version: number): Promise<unknown> {
  const folder = join(temporaryFolder(), 'expected');
  mkdirSync(join(folder, '1_Dense'), { recursive: true });
  for (const { path, write } of smallFolder(version)) await write(join(folder, path));
  return contents(folder);
}

describe('writeFolder', () => {
  it('writes every file, in new folders above it too, and leaves nothing else', async () => {
    const root = temporaryFolder();
    await writeFolder(join(root, 'a', 'b', 'model'), smallFolder(1));
    expect(contents(join(root, 'a', 'b', 'model'))).toEqual(await expected(1));
    expect(readdirSync(join(root, 'a', 'b'))).toEqual(['model']);
  });

  it('refuses a place that is taken, unless told to overwrite', async () => {
    const target = await versionOne();
    await expect(writeFolder(target, smallFolder(2))).rejects.toThrow(UsageError);
    expect(contents(target)).toEqual(await expected(1));
    await writeFolder(target, smallFolder(2), { overwrite: true });
    expect(contents(target)).toEqual(await expected(2));
    expect(readdirSync(join(target, '..'))).toEqual(['model']);
  });

  it('removes what the old folder had and the new one has not', async () => {
    const target = await versionOne();
    writeFileSync(join(target, 'model.safetensors.index.json'), '');
    await writeFolder(target, smallFolder(2), { overwrite: true });
    expect(contents(target)).toEqual(await expected(2));
  });

  it('fills an empty folder only when told to overwrite, and a link keeps leading there', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'real'));
    symlinkSync('real', join(root, 'link'));
    await expect(writeFolder(join(root, 'link'), smallFolder(1))).rejects.toThrow(/exists/);
    await writeFolder(join(root, 'link'), smallFolder(1), { overwrite: true });
    expect(contents(join(root, 'real'))).toEqual(await expected(1));
    expect(readdirSync(root)).toEqual(['link', 'real']);
  });

  it.each<[string, string[], RegExp]>([
    [
      'is not of a model',
      ['thesis.tex', 'README.md', 'config.json'],
      /has no modules\.json, so it is not a model/,
    ],
    ['is a git checkout', ['modules.json', '.git/HEAD'], /is a git checkout, which would be lost/],
    [
      'holds a file of its user beside a model',
      ['modules.json', 'thesis.tex'],
      /has "thesis.tex", which is not/,
    ],
    ['holds one in the folder of a module', ['modules.json', '1_Dense/a.csv'], /has "1_Dense\/a.csv"/],
    ['holds another folder', ['modules.json', 'photos/config.json'], /has "photos\/config.json"/],
    ['holds a hidden file', ['modules.json', '.env'], /has ".env"/],
    ['holds a list of texts like a vocabulary', ['modules.json', 'words.txt'], /has "words.txt"/],
  ])('does not replace a folder that %s', async (_, files, message) => {
    const target = join(temporaryFolder(), 'model');
    for (const name of files) {
      mkdirSync(dirname(join(target, name)), { recursive: true });
      writeFileSync(join(target, name), 'mine');
    }
    const before = contents(target);
    const writers = [...smallFolder(2), { path: 'README.md', write: () => Promise.resolve() }];
    await expect(writeFolder(target, writers, { overwrite: true })).rejects.toThrow(UsageError);
    await expect(writeFolder(target, writers, { overwrite: true })).rejects.toThrow(message);
    expect(contents(target)).toEqual(before);
  });

  it.each(readdirSync(MODELS).filter((name) => existsSync(join(MODELS, name, 'modules.json'))))(
    'replaces a model such as %s',
    async (name) => {
      const target = copyOfModel(name);
      rmSync(join(target, 'expected.json'));
      await writeFolder(target, smallFolder(2), { overwrite: true });
      expect(contents(target)).toEqual(await expected(2));
    },
  );

  it('gives the new files and folders the permissions of the old ones', async () => {
    const target = await versionOne();
    const modes = { 'modules.json': 0o600, '1_Dense/model.safetensors': 0o640, '1_Dense': 0o750, '.': 0o700 };
    for (const [path, mode] of Object.entries(modes)) chmodSync(join(target, path), mode);
    await writeFolder(target, smallFolder(2), { overwrite: true });
    const found = Object.keys(modes).map((path) => [path, statSync(join(target, path)).mode & 0o777]);
    expect(Object.fromEntries(found)).toEqual(modes);
    expect(contents(target)).toEqual(await expected(2));
  });

  it('does not replace a file', async () => {
    const target = join(temporaryFolder(), 'model');
    writeFileSync(target, 'mine');
    await expect(writeFolder(target, smallFolder(2), { overwrite: true })).rejects.toThrow(/is not a folder/);
  });

  it.each(['../outside', '/outside', ''])('refuses a file called %j', async (path) => {
    const target = join(temporaryFolder(), 'model');
    await expect(writeFolder(target, [{ path, write: () => Promise.resolve() }])).rejects.toThrow(
      /expected a/,
    );
    expect(contents(target)).toBeUndefined();
  });
});
