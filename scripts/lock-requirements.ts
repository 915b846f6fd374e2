/** Makes the locked requirements of the reference from src/python/requirements.in: npm run lock-requirements */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTextWhole } from '../src/files/write-file.js';
import { findBasePython } from '../src/python/environment.js';
import { ReferenceUnavailableError } from '../src/python/errors.js';
import { OLDEST_PYTHON } from '../src/python/interpreter.js';
import { environmentPython } from '../src/python/managed-environment.js';
import {
  cpuLockFile,
  cudaLockFile,
  isCudaLibrary,
  lockFile,
  readRequirements,
  requirementsFile,
} from '../src/python/requirements.js';
import { runPythonModule } from '../src/python/run-python.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';

const UV = 'uv==0.13.9';

/**
 * SHA-256 of PyTorch's CPU builds for Linux (x86-64 and ARM, Python 3.11 to 3.14), which are on a separate index. The
 * builds for macOS and Windows on the usual index are CPU builds.
 */
const CPU_BUILDS = {
  version: '2.13.0',
  hashes: [
    '6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b',
    '84453b69508ec79902f899c5ed9495acb9e2bbe9fda5f1d5d6f19e3c3842e1a7',
    '4ca4a9394b0c771238a4f73590fdbbc4debad85ed0fa63d026ae1b085da7d6e2',
    '6f307c2c32d764ffc6ff6893b801fad6d4752f3e67966cb8abf1843427c02604',
    '3fbf9c9d1f3c10c2d59d04aca426dee9ccc6ceb32d255c61e93acc3b4f75fae6',
    '0b8f7d0423027ae8b90c7977c627f3379f325363a08224dffad9b4b2d684a83d',
    'd20fa53ee744502fa4c69818a720b05ca0d37abd055d4f6e66cae155114bc691',
    'ca021f9eb2f8345c83fa03e3a04587308afb8df71bd472670b3ece00df58621c',
  ],
} as const;

const HEADER = '# Made from requirements.in by `npm run lock-requirements`. Do not edit.';

/** The locked requirements for every platform and each supported Python, as uv writes them. */
async function resolve(folder: string): Promise<string> {
  await runPythonModule(findBasePython().executable, 'venv', [folder]);
  const python = environmentPython(folder);
  await runPythonModule(python, 'pip', ['install', '--no-input', '--only-binary', ':all:', UV]);
  const output = join(folder, 'locked.txt');
  const options = [
    '--universal',
    `--python-version=${OLDEST_PYTHON.join('.')}`,
    '--generate-hashes',
    '--no-header',
    '--no-annotate',
    '--no-config',
    `--output-file=${output}`,
  ];
  await runPythonModule(python, 'uv', ['pip', 'compile', requirementsFile(), ...options]);
  return readFileSync(output, 'utf8');
}

/** One string for each requirement: its line and the lines of its hashes. */
const entriesOf = (locked: string): string[] => locked.trim().split(/\n(?=\S)/);

const cpuBuilds = (): string =>
  [`torch==${CPU_BUILDS.version}+cpu`, ...CPU_BUILDS.hashes.map((hash) => `    --hash=sha256:${hash}`)].join(
    ' \\\n',
  );

async function main(): Promise<void> {
  const torch = readRequirements().find(({ name }) => name === 'torch');
  if (torch?.version !== CPU_BUILDS.version) {
    const known = `the hashes of its CPU builds in scripts/lock-requirements.ts are those of ${CPU_BUILDS.version}`;
    throw new ReferenceUnavailableError(
      'unsupported',
      `requirements.in has torch ${torch?.version}; ${known}`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-lock-'));
  try {
    const entries = entriesOf(await resolve(folder));
    const write = (file: string, of: readonly string[]): Promise<void> =>
      writeTextWhole(file, `${[HEADER, ...of].join('\n')}\n`);
    await write(
      lockFile(),
      entries.filter((entry) => !isCudaLibrary(entry)),
    );
    await write(cudaLockFile(), entries.filter(isCudaLibrary));
    await write(cpuLockFile(), [cpuBuilds()]);
    process.stdout.write(`${entries.length} packages are locked\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await runCommand(() =>
  newCommand('lock-requirements', {
    description: 'Makes the locked requirements of the reference from src/python/requirements.in.',
    examples: ['npm run lock-requirements'],
    exitCodes: { fine: 'written', environment: 'the environment (Python, network)' },
  }).action(main),
);
