import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { packageRoot } from '../package-root.js';
import { type Interpreter, inspectInterpreter, requirePackages } from './interpreter.js';
import { cpuLockFile, cudaLockFile, isCudaLibrary, lockFile, requirementsHash } from './requirements.js';
import { runPythonCode, runPythonModule } from './run-python.js';

/**
 * Written last: a folder without it was interrupted and counts as missing. (Virtual environments cannot be renamed into
 * place.)
 */
const MARKER = 'complete.json';

/** Imports what is used of the packages. Their compiled modules are kept, so that later processes start fast. */
const VERIFICATION = `
import numpy, onnx, safetensors, tokenizers, torch, transformers, sentence_transformers
from sentence_transformers import SparseEncoder, SparseEncoderTrainer
from sentence_transformers.sparse_encoder import evaluation, losses
`;

const REQUIREMENTS_OF_TORCH =
  'import importlib.metadata; print(*(importlib.metadata.requires("torch") or []), sep="\\n")';

/**
 * The folder for environments: SPARSE_ENCODER_CACHE, otherwise `.cache` of a writable checkout, otherwise the user's
 * cache folder.
 */
export function environmentsFolder(): string {
  const named = process.env['SPARSE_ENCODER_CACHE'] ?? '';
  if (named !== '') return named;
  const checkout = packageRoot();
  // Every `npm ci` empties an installed package's own folder.
  if (!checkout.split(sep).includes('node_modules') && isWritable(checkout)) return join(checkout, '.cache');
  return join(userCache(), 'sparse-encoder');
}

/** The folder for an environment with these requirements and this Python. */
export function environmentFolder(root: string, { minorVersion }: Interpreter): string {
  return join(root, `reference-${requirementsHash()}-${minorVersion}`);
}

/** The interpreter of a complete environment, made with any version of Python. */
export function findCompleteEnvironment(root: string): string | undefined {
  if (!existsSync(root)) return undefined;
  const prefix = `reference-${requirementsHash()}-`;
  const folders = readdirSync(root).filter((name) => name.startsWith(prefix));
  const folder = folders.map((name) => join(root, name)).find(isComplete);
  return folder === undefined ? undefined : environmentPython(folder);
}

export function environmentPython(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

export function isComplete(folder: string): boolean {
  // The interpreter is a link, which is broken once the Python that made it is uninstalled.
  return existsSync(join(folder, MARKER)) && existsSync(environmentPython(folder));
}

/** Makes the environment, and leaves nothing after a failure. `onStep` is called with the present step. */
export async function makeEnvironment(
  base: Interpreter,
  folder: string,
  onStep: (step: string) => void,
): Promise<Interpreter> {
  await rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder, { recursive: true });
    onStep('virtual environment');
    await runPythonModule(base.executable, 'venv', [folder]);
    const python = environmentPython(folder);
    if (process.platform === 'linux') await installCpuBuild(python, onStep);
    await installLocked(python, lockFile(), onStep);
    if (await asksForCuda(python)) await installLocked(python, cudaLockFile(), onStep);
    await runPythonModule(python, 'pip', ['check']);
    onStep('importing the packages');
    await runPythonCode(python, VERIFICATION);
    const made = inspectInterpreter(python);
    requirePackages(made);
    await writeMarker(folder, made);
    return made;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Installs the CPU build of PyTorch if pip is configured to find it. Given only the version, pip prefers a file whose
 * hash the index states, so a CPU build in a folder of wheels would lose to the index's CUDA build.
 */
async function installCpuBuild(python: string, onStep: (step: string) => void): Promise<void> {
  try {
    await installLocked(python, cpuLockFile(), onStep);
  } catch (error) {
    if (!String(error).includes('No matching distribution found')) throw error;
  }
}

/**
 * Installs exactly the packages of a lock file and checks their hashes. None is built here, since that would run
 * unchecked code. Most of their modules are never imported, and to compile these takes longer than all else.
 */
async function installLocked(python: string, file: string, onStep: (step: string) => void): Promise<void> {
  const install = [
    'install',
    '--no-input',
    '--no-compile',
    '--progress-bar',
    'off',
    '--disable-pip-version-check',
  ];
  const exactly = ['--no-deps', '--require-hashes', '--only-binary', ':all:', '-r', file];
  await runPythonModule(python, 'pip', [...install, ...exactly], (line) => {
    const [, verb, name] = /^\s*(Collecting|Downloading|Processing|Installing) (\S+)/.exec(line) ?? [];
    if (verb === 'Installing') onStep('installing the packages');
    else if (name !== undefined) onStep(packageName(name));
  });
}

/** Whether the installed PyTorch is a build that needs the libraries of CUDA. */
async function asksForCuda(python: string): Promise<boolean> {
  let asks = false;
  await runPythonCode(python, REQUIREMENTS_OF_TORCH, (line) => (asks ||= isCudaLibrary(line)));
  return asks;
}

/** "numpy-2.4.6" from ".../numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl"; a requirement stays unchanged. */
function packageName(text: string): string {
  return text.replace(/^.*\//, '').replace(/^([^-]+-[^-]+)-.*\.whl$/, '$1');
}

async function writeMarker(folder: string, { version, packages }: Interpreter): Promise<void> {
  const unfinished = join(folder, `${MARKER}.new`);
  await writeFile(
    unfinished,
    `${JSON.stringify({ python: version, ...Object.fromEntries(packages) }, undefined, 2)}\n`,
  );
  await rename(unfinished, join(folder, MARKER));
}

function userCache(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  return process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
