import { ReadableError } from '../../src/errors.js';
import { lastLines, type ProgramOptions, runToEnd } from './run-to-end.js';

const KEPT_LINES = 20;

/** A program of this repository failed. */
class ProgramFailedError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'ProgramFailedError';
}

export interface AnswerOptions extends ProgramOptions {
  readonly args?: readonly string[];
}

/** The JSON in the last line of a TypeScript program that runs in a separate process. */
export async function answerOf(program: string, { args = [], ...options }: AnswerOptions): Promise<unknown> {
  const command = ['--import', import.meta.resolve('tsx'), program, ...args];
  return JSON.parse(await lastLineOf(process.execPath, command, options));
}

/** @throws ProgramFailedError with the last lines of a program that fails */
export async function lastLineOf(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const { stdout, stderr, failure } = await runToEnd(command, args, options);
  if (failure === undefined) return lastLines(stdout, 1);
  throw new ProgramFailedError(
    `${args.join(' ')} ended with ${failure}. Its last lines:\n${lastLines(stderr, KEPT_LINES)}`,
  );
}
