/** Builds the native part of the tensorflow engine where npm cannot download it: npm run tensorflow-binding */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ReadableError } from '../src/errors.js';
import { packageRoot } from '../src/package-root.js';
import { environmentsFolder } from '../src/python/managed-environment.js';
import { runPythonModule } from '../src/python/run-python.js';
import { StatusLine } from '../src/python/status-line.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { lastLines, runToEnd } from './programs/run-to-end.js';

// The newest TensorFlow whose C API fits the package's C++ files.
const TENSORFLOW = '2.21.0';
const PACKAGE = '@tensorflow/tfjs-node-gpu';
const NPM_PACKAGES = [`${PACKAGE}@4.22.0`, 'node-api-headers@1.9.0'];
/** The version in the package's binding.gyp, and in the folder where its JavaScript looks. */
const NODE_API = 8;

const root = packageRoot();
const wheel = join(environmentsFolder(), `tensorflow-cpu-${TENSORFLOW}`);
const libraries = join(wheel, 'tensorflow');
const compiler = process.env['CXX'] || 'c++';

/** Something that the build needs is missing, or failed. */
class BuildError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'BuildError';
}

/** Runs a program in the checkout. A failure reports `what` and the program's last lines. */
async function expectRun(program: string, args: readonly string[], what: string): Promise<void> {
  const failure = await failureOf(program, args);
  if (failure !== undefined) throw new BuildError(`${what}\n${failure}`);
}

/** The last lines of a program that fails. */
async function failureOf(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr, failure } = await runToEnd(program, args, { cwd: root });
    return failure && (lastLines(stderr || stdout, 20) || failure);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** In a separate process, since a process does not look again for a library that was missing. */
function computesWithTensorFlow(): Promise<string | undefined> {
  const code = `
    import * as tf from '@tensorflow/tfjs';
    import { setEngine } from './src/engine/set-engine.ts';
    await setEngine('tensorflow');
    const [product] = tf.matMul([[2, 3]], [[5], [7]]).dataSync();
    if (product !== 31) throw new Error('TensorFlow computes 2 * 5 + 3 * 7 = ' + product);`;
  return failureOf(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
}

async function unpackWheel(python: string): Promise<void> {
  if (existsSync(wheel)) return;
  const unfinished = `${wheel}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  const install = ['install', '--no-input', '--progress-bar', 'off', '--disable-pip-version-check'];
  // A C++ program does not need its Python dependencies.
  const what = [
    '--no-deps',
    '--only-binary',
    ':all:',
    '--target',
    unfinished,
    `tensorflow-cpu==${TENSORFLOW}`,
  ];
  await runPythonModule(python, 'pip', [...install, ...what]);
  renameSync(unfinished, wheel);
}

async function compile(): Promise<void> {
  const folder = join(root, 'node_modules', PACKAGE);
  const target = join(folder, 'lib', `napi-v${NODE_API}`, 'tfjs_binding.node');
  mkdirSync(join(target, '..'), { recursive: true });
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(folder, 'binding', file));
  const headers = [join(root, 'node_modules', 'node-api-headers', 'include'), join(libraries, 'include')];
  const shared = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((file) =>
    join(libraries, file),
  );
  await expectRun(
    compiler,
    [
      '-std=c++17',
      '-O2',
      '-fPIC',
      '-shared',
      `-DNAPI_VERSION=${NODE_API}`,
      ...headers.map((include) => `-I${include}`),
      ...sources,
      ...shared,
      `-Wl,-rpath,${libraries}`,
      '-o',
      `${target}.part`,
    ],
    `${compiler} cannot compile the binding:`,
  );
  renameSync(`${target}.part`, target);
}

async function build(python: string, status: StatusLine): Promise<void> {
  if (process.platform !== 'linux') {
    throw new BuildError(
      `This builds on Linux only, and here is ${process.platform}; let the install script of ${PACKAGE} download TensorFlow.`,
    );
  }
  const needed = [
    [compiler, ['--version'], 'A C++ compiler is needed (on Debian: apt install g++), or name one in CXX:'],
    [python, ['-m', 'pip', '--version'], 'A Python 3.10 to 3.13 with pip is needed; name one with --python:'],
  ] as const;
  for (const [program, args, what] of needed) await expectRun(program, args, what);

  status.update(`TensorFlow ${TENSORFLOW}: 275 MB to download, 1.3 GB in ${wheel}`);
  await unpackWheel(python);
  status.update(`${PACKAGE}, without its install script`);
  // npm removes an optional package whose install script failed. This changes neither package.json nor the lock file.
  const install = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  await expectRun('npm', [...install, ...NPM_PACKAGES], `npm cannot install ${NPM_PACKAGES.join(' and ')}:`);
  status.update('compiling two C++ files');
  await compile();
  status.update('computing with it');
  const failure = await computesWithTensorFlow();
  if (failure !== undefined) throw new BuildError(`The binding was built but does not work:\n${failure}`);
}

async function main({ python }: { python: string }): Promise<void> {
  const status = new StatusLine('looking for the binding');
  let built = false;
  try {
    built = (await computesWithTensorFlow()) !== undefined;
    if (built) await build(python, status);
  } finally {
    status.stop();
  }
  process.stdout.write(
    `The tensorflow engine ${built ? `was built in ${status.seconds} s and works` : 'is there and works'}. Try: npm run parity -- --golden --backend tensorflow\n`,
  );
}

await runCommand(() =>
  newCommand('tensorflow-binding', {
    description: `Builds the native part of ${PACKAGE} against the TensorFlow of the Python wheel tensorflow-cpu. "npm ci" removes it.`,
    examples: ['npm run tensorflow-binding'],
    exitCodes: { fine: 'it works', environment: 'the environment (Python, a compiler, npm)' },
  })
    .option(
      '--python <path>',
      'a Python with pip, used to download the wheel',
      process.env['SPARSE_ENCODER_PYTHON'] || 'python3',
    )
    .action(main),
);
