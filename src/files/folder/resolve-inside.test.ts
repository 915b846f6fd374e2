import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../../errors.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { resolveInside } from './resolve-inside.js';

function modelFolder(): string {
  const folder = join(temporaryFolder(), 'model');
  mkdirSync(join(folder, '1_Pooling'), { recursive: true });
  return folder;
}

describe('resolveInside', () => {
  it.each(['', '1_Pooling', '1_Pooling/config.json', './1_Pooling', 'not/yet/there', '..hidden', 'a..b'])(
    'takes %j',
    (path) => {
      const folder = modelFolder();
      expect(resolveInside(folder, path)).toBe(join(folder, path));
    },
  );

  it('takes a backslash as what it is on Windows, where the model may have been saved', () => {
    const folder = modelFolder();
    expect(resolveInside(folder, '1_Pooling\\config.json')).toBe(join(folder, '1_Pooling', 'config.json'));
  });

  it.each([
    '..',
    '../other',
    '1_Pooling/../../other',
    '1_Pooling\\..\\..\\other',
    'a/..',
    '/etc/passwd',
    '\\etc',
    'C:\\x',
    'c:x',
    '\\\\server\\share',
    '//server/share',
    'a\0b',
  ])('refuses %j', (path) => {
    const read = (): unknown => resolveInside(modelFolder(), path);
    expect(read).toThrow(ModelFileError);
    expect(read).toThrow(/leads out of the model's folder; expected a relative path without "\.\."/);
  });

  it('refuses a link that leads out, to a file or a folder, even to what is not there beyond it', () => {
    const folder = modelFolder();
    symlinkSync(join(folder, '..'), join(folder, 'up'));
    writeFileSync(join(folder, '..', 'secret'), '');
    symlinkSync('../secret', join(folder, 'file'));
    for (const path of ['up', 'up/secret', 'up/not-there', 'file']) {
      expect(() => resolveInside(folder, path), path).toThrow(/leads through a link out of the folder/);
    }
  });

  it('takes links that stay inside, and a folder that is itself a link', () => {
    const folder = modelFolder();
    symlinkSync('1_Pooling', join(folder, 'same'));
    const alias = join(folder, '..', 'alias');
    symlinkSync(folder, alias);
    expect(resolveInside(alias, 'same/config.json')).toBe(join(alias, 'same', 'config.json'));
  });

  it('takes links from a snapshot of the hub cache to its own blobs, and nowhere else', () => {
    const cache = temporaryFolder();
    const snapshot = join(cache, 'models--a--b', 'snapshots', 'abc');
    const blobs = join(cache, 'models--a--b', 'blobs');
    const others = join(cache, 'models--c--d', 'blobs');
    for (const each of [join(snapshot, '1_Dense'), blobs, others]) mkdirSync(each, { recursive: true });
    for (const each of [join(blobs, '0'), join(others, '0')]) writeFileSync(each, '');
    symlinkSync('../../../blobs/0', join(snapshot, '1_Dense', 'a'));
    symlinkSync('../../../models--c--d/blobs/0', join(snapshot, 'b'));
    symlinkSync('../other', join(snapshot, 'c'));
    expect(resolveInside(snapshot, '1_Dense/a')).toBe(join(snapshot, '1_Dense', 'a'));
    expect(resolveInside(join(snapshot, '1_Dense'), 'a')).toBe(join(snapshot, '1_Dense', 'a'));
    expect(() => resolveInside(snapshot, 'b')).toThrow(ModelFileError);
  });

  it('is not led out by a folder of blobs that is itself a link', () => {
    const root = temporaryFolder();
    const snapshot = join(root, 'in', 'snapshots', 'abc');
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(join(root, 'out'));
    writeFileSync(join(root, 'out', 'secret'), '');
    symlinkSync('../out', join(root, 'in', 'blobs'));
    symlinkSync('../../blobs/secret', join(snapshot, 'a'));
    expect(() => resolveInside(snapshot, 'a')).toThrow(ModelFileError);
  });
});
