import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** The command line that runs `sparse-encoder` from the sources. */
export const sparseEncoder = (...args: string[]): string[] => [
  process.execPath,
  '--import',
  'tsx',
  MAIN,
  ...args,
];

/** Runs a program until it ends, or until it is killed after this many milliseconds. */
export async function runProgram(
  [command = '', ...args]: readonly string[],
  kill?: { readonly after: number; readonly signal: NodeJS.Signals },
): Promise<Ended> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CI: '1' } });
  const ended = endOf(child);
  if (kill !== undefined) {
    await Promise.race([sleep(kill.after), ended]);
    child.kill(kill.signal);
  }
  return await ended;
}

/** The same in a terminal of 80 columns, where Ctrl-C is typed after this many milliseconds. */
export async function interruptInTerminal(program: readonly string[], after: number): Promise<Ended> {
  const quoted = program.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const { CI: _, ...env } = process.env;
  const child = spawn('script', ['-qfec', `stty cols 80; exec ${quoted}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, TERM: 'xterm-256color' },
  });
  const ended = endOf(child);
  await Promise.race([sleep(after), ended]);
  // A program that has ended reads nothing.
  child.stdin.on('error', () => undefined).write('\u0003');
  const result = await ended;
  return result;
}

async function endOf(child: ReturnType<typeof spawn>): Promise<Ended> {
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  }
  return await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => {
      resolve({ code, signal, output: Buffer.concat(chunks).toString() });
    });
  });
}
