/** A port in another language: a program that answers requests by files (docs/parity-protocol.md). */
export interface CommandPort {
  readonly kind: 'command';
  /** The program and its arguments. A path that begins with a dot is relative to the configuration. */
  readonly command: readonly [program: string, ...args: string[]];
  /** How long an answer may take, in milliseconds. Default: 30,000. */
  readonly deadlineMs: number;
}

/**
 * A port in another language, as `ours` of a target.
 *
 * @example
 *   ours: command('./my-port', '--quiet');
 */
export function command(program: string, ...args: string[]): CommandPort {
  return { kind: 'command', command: [program, ...args], deadlineMs: 30_000 };
}
