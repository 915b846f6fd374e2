#!/usr/bin/env node
import { EXIT } from './exit-codes.js';
import { exitOnSignals } from './exit-on-signals.js';
import { run, tell } from './run.js';

// Files that are being written are removed at the end of the process, however it comes.
exitOnSignals();
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is not an error.
  process.exit(error.code === 'EPIPE' ? EXIT.fine : tell(error));
});

process.exitCode = await run(process.argv.slice(2));
