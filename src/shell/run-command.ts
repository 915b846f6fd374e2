import { type Command, CommanderError } from 'commander';
import type { ErrorKind } from '../errors.js';
import { EXIT, exitCodeOf, kindOf, SIGNALS } from './exit-codes.js';
import { inFlags, tell } from './tell.js';

/** Why a command did not come to its end. */
export interface Failure {
  readonly kind: ErrorKind | 'defect' | 'interrupted';
  readonly exitCode: number;
  readonly message: string;
}

export interface CommandOptions {
  /** Told of a failure before the process ends. */
  readonly onFailure?: (failure: Failure) => void;
  /** What is said of a command that ended before it was done, for instance since code that it loaded ended the process. */
  readonly unfinished?: string;
}

/**
 * What every program of this package is: a command line whose exit code follows from the kind of error. Signals end it
 * through the exit handlers of the process, which remove what is half done.
 *
 * @param make gives the command; what is slow to load is best imported by its actions
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
    // Stays: a second signal, from whatever started this process, must not end the cleaning up.
    process.on(signal, () => process.exit(code));
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    // A reader that has seen enough (`| head`) is not an error.
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

/** Runs a command to its end in this process, and says on standard error why it failed; undefined where it did not. */
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
    // Help and version end so, too.
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return failureOf(error, running);
  } finally {
    warnAsBefore();
  }
}

function failureOf(error: unknown, running: Command | undefined): Failure {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    // Commander has told its own errors; those that an action throws it has not.
    if (running !== undefined) tell(message);
    return { kind: 'usage', exitCode: EXIT.wrongUse, message };
  }
  const kind = kindOf(error);
  const message = error instanceof Error ? inFlags(error, running) : String(error);
  // Where it is a fault of this package, its place is told.
  tell(kind === undefined && error instanceof Error ? (error.stack ?? message) : message);
  return { kind: kind ?? 'defect', exitCode: exitCodeOf(kind), message };
}
