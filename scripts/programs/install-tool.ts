import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';

/** What a program says last, which is most often why it failed. */
export function lastLine(text: string | null): string {
  return (text ?? '').trim().split('\n').at(-1) || 'no message';
}

/**
 * The folder of a program's npm package, which is kept in `.cache` for the next run, or the reason why npm cannot
 * install it. Its own install script, which puts the program's binary in place, runs.
 */
export function installTool(name: string, version: string): { folder: string } | { reason: string } {
  const root = join(packageRoot(), '.cache', 'tools', `${name.replace('/', '+')}@${version}`);
  const folder = join(root, 'node_modules', name);
  if (!existsSync(folder)) {
    mkdirSync(root, { recursive: true });
    // npm 12 runs install scripts only for packages that are listed.
    const manifest = { private: true, allowScripts: { [name]: true } };
    writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
    const args = ['install', `${name}@${version}`, '--no-audit', '--no-fund', '--prefer-offline'];
    const { status, stderr } = spawnSync('npm', [...args, '--prefix', root], {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    if (status !== 0) return { reason: `npm install ${name}@${version} failed: ${lastLine(stderr)}` };
  }
  return { folder };
}
