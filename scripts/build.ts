/** Compiles the package into dist: npm run build */
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../src/shell/exit-codes.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { tell } from '../src/shell/tell.js';
import { joinModules, readManifest, shippedPrograms } from './programs/join-modules.js';
import { runToEnd } from './programs/run-to-end.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = readManifest(root);

const TSC = join(root, 'node_modules/typescript/bin/tsc');

async function main(): Promise<void> {
  // A file that was renamed or removed must not live on in the package.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const { stdout, stderr, failure } = await runToEnd(process.execPath, [TSC, '-p', 'tsconfig.build.json'], {
    cwd: root,
  });
  if (failure !== undefined) {
    tell(`${stdout}${stderr}tsc ended with ${failure}`);
    process.exitCode = EXIT.finding;
    return;
  }
  await writeModules();
  markPrograms();
}

async function writeModules(): Promise<void> {
  const { output } = await joinModules(root, shippedPrograms(manifest), join(root, 'dist'));
  // Settings and messages name the class of a loss; two classes of one name in a file would be told apart by a number.
  for (const part of output) {
    const [renamed] = (part.type === 'chunk' && /\w+\$\d+ = class|class \w+\$\d+/.exec(part.code)) || [];
    if (renamed !== undefined) {
      throw new Error(`${part.fileName} has "${renamed}"; give the class a name of its own`);
    }
  }
}

function markPrograms(): void {
  // npm sets the mode when it links a bin, but a checkout is also run as it is.
  for (const path of Object.values(manifest.bin)) {
    const program = join(root, path);
    if (!existsSync(program) || !readFileSync(program, 'utf8').startsWith('#!/usr/bin/env node\n')) {
      throw new Error(
        `${program} is missing or has no "#!/usr/bin/env node" line; what "bin" of package.json names must start with it`,
      );
    }
    chmodSync(program, 0o755);
  }
}

await runCommand(() =>
  newCommand('build', {
    description: 'Compiles the package into dist.',
    examples: ['npm run build'],
    exitCodes: { fine: 'built', finding: 'the source does not compile' },
  }).action(main),
);
