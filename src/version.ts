import { createRequire } from 'node:module';

/** The version of this package, both from sources and from a build. */
export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('sparse-encoder/package.json') as { version: string };
  return version;
}
