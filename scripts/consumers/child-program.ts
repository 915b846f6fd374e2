import { basename } from 'node:path';
import { turnTelemetryOff } from '../../src/engine/runtime/no-telemetry.js';
import { preview } from '../../src/files/preview.js';
import { lastLines, runToEnd } from '../programs/run-to-end.js';
import { type Outcome, outcome } from './consumer.js';
import { ConsumerUnavailableError } from './errors.js';

turnTelemetryOff();

const KEPT_LINES = 20;

/**
 * Runs a program that reads its task as JSON from standard input and prints its outcome as the last line of standard
 * output. The program ends with this process.
 *
 * @throws ConsumerUnavailableError if it cannot be started
 * @throws Error with its last lines if it fails
 */
export async function runProgram(
  [command = '', ...args]: readonly string[],
  task: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const ended = runToEnd(command, args, { env, input: JSON.stringify(task) });
  const { stdout, stderr, failure } = await ended.catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConsumerUnavailableError(`cannot start ${command}: ${why}`, { cause });
  });
  const name = basename(args.at(-1) ?? command);
  if (failure !== undefined) {
    throw new Error(`${name} ended with ${failure}. Its last lines:\n${lastLines(stderr, KEPT_LINES)}`);
  }
  const answer = lastLines(stdout, 1);
  try {
    return outcome.parse(JSON.parse(answer));
  } catch (cause) {
    throw new Error(`the last line that ${name} prints is not an outcome: ${preview(answer)}`, { cause });
  }
}
