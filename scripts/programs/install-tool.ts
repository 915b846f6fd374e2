import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { runToEnd } from './run-to-end.js';

/** The last line of a program's output, which mostly says why it failed. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'no message';
}

/**
 * The folder of a program's npm package, which is kept in `.cache` for the next run, or the reason why npm cannot
 * install it. Its own install script, which puts the program's binary in place, runs.
 */
export async function installTool(
  name: string,
  version: string,
): Promise<{ folder: string } | { reason: string }> {
  const root = join(packageRoot(), '.cache', 'tools', `${name.replace('/', '+')}@${version}`);
  const folder = join(root, 'node_modules', name);
  if (!existsSync(folder)) {
    mkdirSync(root, { recursive: true });
    // npm 12 runs install scripts only for packages that are listed.
    const manifest = { private: true, allowScripts: { [name]: true } };
    writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
    const args = ['install', `${name}@${version}`, '--no-audit', '--no-fund', '--prefer-offline'];
    const { failure, stderr } = await runToEnd('npm', [...args, '--prefix', root], { cwd: root });
    if (failure !== undefined) {
      return { reason: `npm install ${name}@${version} failed: ${lastLine(stderr)}` };
    }
  }
  return { folder };
}
