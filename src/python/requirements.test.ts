import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cpuLockFile, cudaLockFile, isCudaLibrary, lockFile, readRequirements } from './requirements.js';

/** The locked packages of a file: "name==version" and the number of hashes. Every line must belong to one. */
function readLock(file: string): [pin: string, hashes: number][] {
  const entries = readFileSync(file, 'utf8')
    .trim()
    .split(/\n(?=\S)/)
    .slice(1);
  return entries.map((entry) => {
    const [first = '', ...hashes] = entry.split(' \\\n');
    const [pin] = /^[a-z\d-]+==[\w.+]+(?= ;|$)/.exec(first) ?? [];
    if (pin === undefined) throw new Error(`${first} is not pinned`);
    for (const hash of hashes) expect(hash).toMatch(/^ {4}--hash=sha256:[\da-f]{64}$/);
    return [pin, hashes.length];
  });
}

test.each([lockFile(), cudaLockFile()])('every package of %s is pinned and has hashes', (file) => {
  const lock = readLock(file);
  expect(lock.length).toBeGreaterThan(10);
  expect(lock.filter(([, hashes]) => hashes === 0)).toEqual([]);
});

test('what is locked is what requirements.in asks for', () => {
  const pins = new Set(readLock(lockFile()).map(([pin]) => pin));
  expect(readRequirements().length).toBeGreaterThan(5);
  for (const { name, version } of readRequirements()) expect(pins).toContain(`${name}==${version}`);
});

test('the CPU builds are those of the PyTorch that requirements.in asks for', () => {
  const torch = readRequirements().find(({ name }) => name === 'torch');
  expect(readLock(cpuLockFile())).toEqual([[`torch==${torch?.version}+cpu`, 8]]);
});

test('the libraries of CUDA are locked apart, so that a CPU build does not bring them', () => {
  expect(readLock(lockFile()).filter(([pin]) => isCudaLibrary(pin))).toEqual([]);
  expect(readLock(cudaLockFile()).filter(([pin]) => !isCudaLibrary(pin))).toEqual([]);
});
