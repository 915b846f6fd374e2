import { EXIT } from './exit-codes.js';

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;

/** Lets each signal that asks for the end of a process end it in order, so that whoever listens to its exit can clean up. */
export function exitOnSignals(): void {
  for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(code));
}
