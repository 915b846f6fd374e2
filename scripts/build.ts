/** Compiles the package into dist: npm run build */
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { EXIT } from '../src/shell/exit-codes.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { tell } from '../src/shell/tell.js';
import { THREAD_MODULES } from '../src/worker-thread.js';
import { runToEnd } from './programs/run-to-end.js';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { default: string }>>;
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const { bin, exports, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

const TSC = join(root, 'node_modules/typescript/bin/tsc');

/** The files that package.json names, and those that threads run, by their paths in `dist` without `.js`. */
const programs = [
  ...Object.values(bin),
  ...Object.values(exports).flatMap((target) => (typeof target === 'string' ? [] : [target.default])),
  ...Object.values(imports).flatMap((conditions) => Object.values(conditions)),
  ...THREAD_MODULES.map((module) => `./dist/src/${module}.js`),
].map((path) => path.slice('./dist/'.length, -'.js'.length));

/** Modules that browsers replace by others, see "imports" of package.json: their names there, by their paths. */
const replacedInBrowsers = new Map(
  Object.entries(imports).map(([name, { default: path = '' }]) => [
    join(root, path.slice('./dist/'.length)),
    name,
  ]),
);

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
  await joinModules();
  markPrograms();
}

async function joinModules(): Promise<void> {
  // Node takes about a millisecond for each file that it loads: the some 450 modules are joined to a few files. What several
  // of the programs use is in a file of its own, so a program loads nothing that it does not use.
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(programs.map((path) => [path, `${path}.ts`])),
    platform: 'neutral',
    resolve: { extensionAlias: { '.js': ['.ts'] } },
    // The package says that its modules have no effects of their own, but one keeps ONNX Runtime from reporting to its makers.
    treeshake: false,
    plugins: [
      {
        name: 'what is left to Node',
        resolveId(source, importer) {
          const replaced = importer && replacedInBrowsers.get(join(importer, '..', source));
          if (replaced) return { id: replaced, external: true };
          return source.startsWith('.') || importer === undefined ? null : { id: source, external: true };
        },
      },
    ],
  });
  const { output } = await bundle.write({
    dir: join(root, 'dist'),
    format: 'esm',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await bundle.close();

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
  for (const path of Object.values(bin)) {
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
