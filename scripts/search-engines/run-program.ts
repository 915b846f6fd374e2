import { execFile } from 'node:child_process';
import { ReferenceUnavailableError } from '../../parity/python/errors.js';
import { SearchEngineError } from './engine.js';

const LAST_LINES = 20;
const LARGEST_OUTPUT = 2 ** 28;

/**
 * Runs a program, which ends with this process, to its end.
 *
 * @throws ReferenceUnavailableError if there is no such program
 * @throws SearchEngineError with the last lines of its standard error
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string; stderr: string }> {
  return await new Promise((resolve, reject) => {
    const options = {
      env: { ...process.env, ...environment },
      maxBuffer: LARGEST_OUTPUT,
      windowsHide: true,
    };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      process.removeListener('exit', end);
      if (error === null) resolve({ stdout, stderr });
      else reject(failure(program, error, stderr || stdout));
    });
    const end = (): void => void child.kill();
    process.once('exit', end);
  });
}

function failure(program: string, cause: Error & { code?: unknown }, output: string): Error {
  if (cause.code === 'ENOENT') {
    return new ReferenceUnavailableError('not-found', `there is no program ${program}`, { cause });
  }
  const how =
    typeof cause.code === 'number' ? `ended with exit code ${cause.code}` : 'did not run to its end';
  const lines = output.trim().split('\n').slice(-LAST_LINES).join('\n');
  return new SearchEngineError(`${program} ${how}. Its last lines:\n${lines}`, { cause });
}
