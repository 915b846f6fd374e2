import { CommanderError } from 'commander';
import { readable } from '../printable.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { program } from './program.js';

/** Runs a command to its end; tells errors on standard error. Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(args, { from: 'user' });
    return EXIT.fine;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.wrongUse;
    return tell(error);
  }
}

/** Says what happened, with the place in the program where it is a defect of ours. Returns the exit code. */
export function tell(error: unknown): number {
  const code = exitCodeOf(error);
  const isDefect = code === EXIT.finding && error instanceof Error && error.name !== 'VerificationError';
  const told = isDefect ? error.stack : error instanceof Error ? error.message : String(error);
  process.stderr.write(`${readable(told ?? '')}\n`);
  return code;
}
