import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from './package-root.js';

describe('packageRoot', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-root-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is found from the sources', () => {
    expect(existsSync(join(packageRoot(), 'src', 'package-root.ts'))).toBe(true);
  });

  it('is found from the compiled files, past a package.json of another name', () => {
    const compiled = join(folder, 'node_modules', 'sparse-encoder', 'dist', 'parity');
    mkdirSync(compiled, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"name": "application"}');
    writeFileSync(join(compiled, '..', 'package.json'), '{"type": "module"}');
    writeFileSync(join(compiled, '..', '..', 'package.json'), '{"name": "sparse-encoder"}');
    expect(packageRoot(compiled)).toBe(join(folder, 'node_modules', 'sparse-encoder'));
  });

  it('says so when there is none', () => {
    expect(() => packageRoot(folder)).toThrow('no package.json named "sparse-encoder"');
  });
});
