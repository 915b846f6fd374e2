import { createRequire } from 'node:module';

/** The package's own version, from its sources and from what is built. */
export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('sparse-encoder/package.json') as { version: string };
  return version;
}
