import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ownFile } from './own-file.js';

export interface Requirement {
  readonly name: string;
  /** The pinned version. */
  readonly version: string;
}

/** The packages that determine the reference's numbers. */
export const requirementsFile = (): string => ownFile('requirements.in');

/** All packages that these need, with the hashes of their files. */
export const lockFile = (): string => ownFile('requirements.txt');

/** PyTorch's CPU builds for Linux from a separate index, with hashes. */
export const cpuLockFile = (): string => ownFile('requirements-cpu.txt');

/** The packages that only PyTorch's CUDA build needs, with hashes. */
export const cudaLockFile = (): string => ownFile('requirements-cuda.txt');

/** Whether a requirement's name is one of the libraries of PyTorch's CUDA build. */
export const isCudaLibrary = (name: string): boolean => /^(nvidia-|cuda-|triton\b)/.test(name);

/** The packages of requirements.in, all of which are pinned. */
export function readRequirements(): Requirement[] {
  return readFileSync(requirementsFile(), 'utf8')
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, name, version] = /^([\w.-]+)==([\w.+-]+)/.exec(line) ?? [];
      return name === undefined || version === undefined ? [] : [{ name, version }];
    });
}

/**
 * Changes whenever the locked packages do, so that an environment with other packages is never mistaken for this one.
 */
export function requirementsHash(): string {
  const hash = createHash('sha256');
  for (const file of [lockFile(), cpuLockFile(), cudaLockFile()]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}
