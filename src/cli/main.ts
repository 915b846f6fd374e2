#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { program } from './program.js';

process.once('SIGINT', () => process.exit(EXIT.interrupted));
// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.fine);
  throw error;
});

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.wrongUse;
  else {
    process.exitCode = exitCodeOf(error);
    const isDefect = process.exitCode === EXIT.finding && error instanceof Error;
    process.stderr.write(
      `${isDefect ? error.stack : error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}
