import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));

// A file that was renamed or removed must not live on in the package.
rmSync(join(root, 'dist'), { recursive: true, force: true });

const tsc = join(root, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

// npm sets the mode when it links a bin, but `./dist/parity/main.js` is also run from a checkout.
const main = join(root, 'dist/parity/main.js');
if (!existsSync(main) || !readFileSync(main, 'utf8').startsWith('#!/usr/bin/env node\n')) {
  throw new Error(
    `${main} is missing or has no "#!/usr/bin/env node" line; parity/main.ts must start with it`,
  );
}
chmodSync(main, 0o755);
