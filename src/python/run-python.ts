import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ReferenceUnavailableError } from './errors.js';
import { ownFile } from './own-file.js';

const KEPT_LINES = 20;

/** Runs `python -m module ...args`, which ends with this process. Rejects with the last lines of its output. */
export async function runPythonModule(
  python: string,
  module: string,
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
): Promise<void> {
  await runPython(python, [ownFile('worker/run_module.py'), module, ...args], module, onLine);
}

/** Runs a few lines of Python. */
export async function runPythonCode(
  python: string,
  code: string,
  onLine: (line: string) => void = () => undefined,
): Promise<void> {
  await runPython(python, ['-c', code], 'Python', onLine);
}

async function runPython(
  python: string,
  args: readonly string[],
  what: string,
  onLine: (line: string) => void,
): Promise<void> {
  const child = spawn(python, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: installEnvironment(),
    windowsHide: true,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine(line);
    });
  }
  const how = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? '' : `it ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  if (how !== '') {
    throw new ReferenceUnavailableError(
      'install',
      `${what} failed: ${how}. Its last lines:\n${lines.join('\n')}`,
    );
  }
}

/** Without settings that make pip install into other folders, and Python keep no compiled modules. */
function installEnvironment(): NodeJS.ProcessEnv {
  const {
    PIP_USER: _user,
    PIP_TARGET: _target,
    PIP_PREFIX: _prefix,
    PYTHONHOME: _home,
    PYTHONDONTWRITEBYTECODE: _uncompiled,
    ...environment
  } = process.env;
  return { ...environment, PYTHONUTF8: '1', PYTHONUNBUFFERED: '1' };
}
