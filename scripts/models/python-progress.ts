import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ReferenceUnavailableError } from '../../src/python/errors.js';

const Progress = z.object({ what: z.string(), done: z.number().min(0).max(1) });
export type ScriptProgress = z.infer<typeof Progress>;

const KEPT_LINES = 20;

/**
 * Runs a Python script that prints its progress as JSON lines. The script ends with this process. Rejects with the last
 * lines of its standard error.
 */
export async function runWithProgress(
  python: string,
  script: string,
  args: readonly string[],
  onProgress: (progress: ScriptProgress) => void,
): Promise<void> {
  const child = spawn(python, ['-B', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONUTF8: '1' },
    windowsHide: true,
  });
  const end = (): void => void child.kill();
  process.once('exit', end);
  createInterface({ input: child.stdout }).on('line', (line) => onProgress(Progress.parse(JSON.parse(line))));
  const lastWords: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastWords.push(line);
    if (lastWords.length > KEPT_LINES) lastWords.shift();
  });
  const how = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? '' : (signal ?? `exit code ${code}`)));
  });
  process.removeListener('exit', end);
  if (how === '') return;
  throw new ReferenceUnavailableError(
    'died',
    `${script} ended with ${how}. Its last lines:\n${lastWords.join('\n')}`,
  );
}
