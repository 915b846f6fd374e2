import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';

export interface Requirement {
  name: string;
  /** The pinned versions: one, or one for each range of Python versions. */
  versions: string[];
}

export function requirementsFile(): string {
  return join(packageRoot(), 'parity', 'requirements.txt');
}

/** The packages of requirements.txt, all of which are pinned. */
export function readRequirements(): Requirement[] {
  const versions = new Map<string, string[]>();
  for (const line of readFileSync(requirementsFile(), 'utf8').split(/\r?\n/)) {
    const pin = /^([\w.-]+)==([\w.+-]+)/.exec(line);
    const [, name, version] = pin ?? [];
    if (name !== undefined && version !== undefined)
      versions.set(name, [...(versions.get(name) ?? []), version]);
  }
  return [...versions].map(([name, pins]) => ({ name, versions: pins }));
}

/** Changes whenever requirements.txt does, so that an environment of other versions is never taken for this one. */
export function requirementsHash(): string {
  return createHash('sha256').update(readFileSync(requirementsFile())).digest('hex').slice(0, 12);
}
