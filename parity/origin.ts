import { resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../src/index.js';
import { quote } from './shell.js';

/** What a case was judged with. Its file stores it, so that a replay judges the same. */
export const originSchema = z.strictObject({
  /** A port, as `--implementation` named it; null for this package's own code. */
  implementation: z.strictObject({ path: z.string(), sha256: z.string() }).nullable(),
  backend: z.string(),
});

export type Origin = z.infer<typeof originSchema>;

/**
 * Throws a UsageError with advice if a saved case would be judged with something else than it was saved for. A port
 * that was edited since is the same port.
 */
export function checkOrigin(file: string, saved: Origin, given: Origin): void {
  const missing = [
    ...(isSamePort(saved.implementation, given.implementation) ? [] : portOption(saved.implementation)),
    ...(saved.backend === given.backend ? [] : [`--backend ${saved.backend}`]),
  ];
  if (missing.length === 0 && isSamePort(saved.implementation, given.implementation)) return;
  const add = missing.length === 0 ? 'leave out --implementation' : `add ${missing.join(' ')}`;
  throw new UsageError(
    `${file} is a case of ${describeOrigin(saved)}, and this would judge ${describeOrigin(given)}: ` +
      `${add}, or add --anyway to judge that`,
  );
}

type SavedPort = Origin['implementation'];

const portOption = (port: SavedPort): string[] =>
  port === null ? [] : [`--implementation ${quote(port.path)}`];

function isSamePort(saved: SavedPort, given: SavedPort): boolean {
  if (saved === null || given === null) return saved === given;
  return saved.sha256 === given.sha256 || resolve(saved.path) === resolve(given.path);
}

function describeOrigin({ implementation, backend }: Origin): string {
  const port = implementation && `${implementation.path} (sha256 ${implementation.sha256.slice(0, 12)})`;
  return `${port ?? "this package's own code"} on the backend ${backend}`;
}
