import { type Command, CommanderError } from 'commander';
import type { ErrorKind } from '../errors.js';
import { EXIT, exitCodeOf, kindOf, SIGNALS } from './exit-codes.js';
import { interrupt, Interruption } from './interruptible.js';
import { inFlags, tell } from './tell.js';

/** Why a command failed. */
export interface Failure {
  readonly kind: ErrorKind | 'defect' | 'interrupted';
  readonly exitCode: number;
  readonly message: string;
}

export interface CommandOptions {
  /** Called with a failure before the process ends. */
  readonly onFailure?: (failure: Failure) => void;
  /** The message for a command that ended early, for instance because code that it loaded ended the process. */
  readonly unfinished?: string;
}

/**
 * Runs a program of this package: a command line whose exit code follows from the kind of error. Signals end it through
 * the exit handlers of the process, which remove unfinished files. An
 * `interruptible` task receives the first signal and ends by itself.
 *
 * @param make makes the command; its actions should import whatever is slow to load
 */
export async function runCommand(
  make: () => Command | Promise<Command>,
  { onFailure = () => undefined, unfinished = 'the command ended before it was done' }: CommandOptions = {},
): Promise<void> {
  let hasEnded = false;
  const end = (failure: Failure | undefined): void => {
    hasEnded = true;
    if (failure === undefined) return;
    process.exitCode = failure.exitCode;
    onFailure(failure);
  };
  for (const [signal, code] of Object.entries(SIGNALS)) {
    // The handler stays, since a second signal must not interrupt the cleanup.
    process.on(signal, () => {
      if (!interrupt(code)) process.exit(code);
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    // A reader that stops early (`| head`) is not an error.
    hasEnded = true;
    process.exit(process.exitCode ?? EXIT.fine);
  });
  process.on('uncaughtException', (error) => {
    end(failureOf(error, undefined));
    process.exit();
  });
  process.on('exit', (code) => {
    if (hasEnded) return;
    if (Object.values(SIGNALS).some((each) => each === code)) {
      end({ kind: 'interrupted', exitCode: code, message: 'the command was interrupted' });
      return;
    }
    tell(unfinished);
    end({ kind: 'defect', exitCode: EXIT.defect, message: `${unfinished} (code ${code})` });
  });
  end(await execute(await make(), process.argv.slice(2)));
}

/** Runs a command in this process, and prints on standard error why it failed; returns undefined if it did not. */
export async function execute(command: Command, args: readonly string[]): Promise<Failure | undefined> {
  let running: Command | undefined;
  let warnAsBefore = (): unknown => undefined;
  command.hook('preAction', async (_, action) => {
    running = action;
    const { setWarningHandler } = await import('../warnings.js');
    const before = setWarningHandler((message) => tell(inFlags(message, action)));
    warnAsBefore = () => setWarningHandler(before);
  });
  try {
    await command.parseAsync(args, { from: 'user' });
    return undefined;
  } catch (error) {
    // Help and version also end this way.
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return failureOf(error, running);
  } finally {
    warnAsBefore();
  }
}

function failureOf(error: unknown, running: Command | undefined): Failure {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    // Commander has printed its own errors, but not those of an action.
    if (running !== undefined) tell(message);
    return { kind: 'usage', exitCode: EXIT.wrongUse, message };
  }
  if (error instanceof Interruption) {
    tell(error.message);
    return { kind: 'interrupted', exitCode: error.exitCode, message: error.message };
  }
  const kind = kindOf(error);
  const message = error instanceof Error ? inFlags(error, running) : String(error);
  // For a bug in this package, print the stack.
  tell(kind === undefined && error instanceof Error ? (error.stack ?? message) : message);
  return { kind: kind ?? 'defect', exitCode: exitCodeOf(kind), message };
}
