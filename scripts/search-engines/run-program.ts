import { ReferenceUnavailableError } from '../../src/python/errors.js';
import { lastLines, runToEnd } from '../programs/run-to-end.js';
import { SearchEngineError } from './engine.js';

const KEPT_LINES = 20;

/**
 * Runs a program and returns its standard output. The program ends with this process.
 *
 * @throws ReferenceUnavailableError if it cannot be started
 * @throws SearchEngineError with its last lines if it fails
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout, stderr, failure } = await runToEnd(program, args, { env }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReferenceUnavailableError('not-found', `cannot start ${program}: ${why}`, { cause });
  });
  if (failure === undefined) return stdout;
  const lines = lastLines(stderr || stdout, KEPT_LINES);
  throw new SearchEngineError(`${program} ended with ${failure}. Its last lines:\n${lines}`);
}
