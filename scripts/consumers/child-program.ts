import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { preview } from '../../src/files/preview.js';
import { ConsumerUnavailableError } from './errors.js';
import { type Outcome, outcome } from './consumer.js';

const KEPT_LINES = 20;

/**
 * Runs a program that reads its task as JSON from standard input and prints its outcome as the last line of standard
 * output. Ends with this process.
 *
 * @throws Error with its last lines where it fails
 */
export async function runProgram(
  [command = '', ...args]: readonly string[],
  task: unknown,
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, windowsHide: true });
  const end = (): void => void child.kill();
  process.once('exit', end);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that fails early reads no input.
  child.stdin.on('error', () => undefined).end(JSON.stringify(task));
  const how = await new Promise<string>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new ConsumerUnavailableError(`cannot start ${command}: ${cause.message}`, { cause })),
    );
    child.once('close', (code, signal) => resolve(code === 0 ? '' : (signal ?? `exit code ${code}`)));
  }).finally(() => process.off('exit', end));
  const name = basename(args.at(-1) ?? command);
  if (how !== '') throw new Error(`${name} ended with ${how}. Its last lines:\n${lastLines(stderr)}`);
  const answer = lastLines(stdout, 1);
  try {
    return outcome.parse(JSON.parse(answer));
  } catch (cause) {
    throw new Error(`the last line that ${name} prints is no outcome: ${preview(answer)}`, { cause });
  }
}

function lastLines(chunks: readonly Buffer[], count: number = KEPT_LINES): string {
  return Buffer.concat(chunks).toString().trimEnd().split('\n').slice(-count).join('\n');
}
