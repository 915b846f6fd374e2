import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { program } from '../cli/program.js';
import { execute } from '../shell/run-command.js';
import { builtProgram } from './built-programs.js';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

export interface CommandOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments for Node itself. */
  readonly node?: readonly string[];
  /** Runs the sources file by file instead of the built program, which starts faster. */
  readonly sources?: boolean;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `sparse-encoder` as a process with open standard input. */
export function startCommand(
  args: readonly string[],
  { env, node = [], sources = false }: CommandOptions = {},
): ChildProcess {
  const main = sources ? ['--import', 'tsx', MAIN] : [builtProgram('src/cli/main')];
  return spawn(process.execPath, [...node, ...main, ...args], {
    env: { ...process.env, CI: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs `sparse-encoder` to its end. */
export async function runCommand(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const command = startCommand(args, options);
  const ended = endOf(command);
  // A command that fails early does not read its input.
  command.stdin?.on('error', () => undefined).end(options.input ?? '');
  return await ended;
}

export async function endOf(command: ChildProcess): Promise<CommandResult> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  command.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  command.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    command.once('error', reject).once('close', resolve);
  });
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** Runs the command in the test's process, which is faster, without standard input. */
export async function runHere(args: readonly string[]): Promise<CommandResult> {
  const [stdout, stderr] = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockReturnValue(true),
  );
  try {
    const code = (await execute(program(), args))?.exitCode ?? 0;
    const [written = '', told = ''] = [stdout, stderr].map((spy) =>
      spy?.mock.calls.map(([chunk]) => String(chunk)).join(''),
    );
    return { code, stdout: written, stderr: told };
  } finally {
    stdout?.mockRestore();
    stderr?.mockRestore();
  }
}
