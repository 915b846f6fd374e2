import { spawn } from 'node:child_process';

export interface ProgramOptions {
  readonly cwd?: string;
  /** Variables in addition to those of this process; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The standard input. */
  readonly input?: string;
  /** In milliseconds, after which the program is ended. Default: no limit. */
  readonly timeout?: number;
}

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** "exit code 3", or a signal; undefined if it succeeded. */
  readonly failure: string | undefined;
}

/** Runs a program, which ends with this process. Rejects with the system's error if it cannot start. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  { cwd, env = {}, input = '', timeout }: ProgramOptions = {},
): Promise<Ended> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    windowsHide: true,
    // npm is a script there.
    shell: process.platform === 'win32' && command === 'npm',
    ...(cwd !== undefined && { cwd }),
    ...(timeout !== undefined && { timeout }),
  });
  const end = (): void => void child.kill();
  process.once('exit', end);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that fails early reads no input.
  child.stdin.on('error', () => undefined).end(input);
  try {
    const failure = await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) =>
        resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)),
      );
    });
    return { stdout: textOf(stdout), stderr: textOf(stderr), failure };
  } finally {
    process.off('exit', end);
  }
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString();
}
