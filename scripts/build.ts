import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

// A file that was renamed or removed must not live on in the package.
rmSync(join(root, 'dist'), { recursive: true, force: true });

const tsc = join(root, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

// npm sets the mode when it links a bin, but a checkout is also run as it is.
const { bin } = createRequire(import.meta.url)('../package.json') as { bin: Record<string, string> };
for (const path of Object.values(bin)) {
  const program = join(root, path);
  if (!existsSync(program) || !readFileSync(program, 'utf8').startsWith('#!/usr/bin/env node\n')) {
    throw new Error(
      `${program} is missing or has no "#!/usr/bin/env node" line; what "bin" of package.json names must start with it`,
    );
  }
  chmodSync(program, 0o755);
}
