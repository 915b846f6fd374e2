import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openProgress, type Progress } from '../../src/progress.js';
import type { Backend } from './backends.js';
import { bundleSpecs } from './bundle.js';
import type { SpecResult } from './protocol.js';
import { runBundle } from './run-bundle.js';

export interface ConformanceOptions {
  files: readonly string[];
  only: string;
  /** The folder of a tfjs. Default: the repository's own. */
  tfjs?: string | undefined;
  timeoutMs?: number;
  silenceMs?: number;
}

/** Inside node_modules, where the bundle finds its external packages. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

const folders = new Set<string>();
const processes = new Set<ChildProcess>();

/** Runs the specs of tfjs's test files on a backend. */
export async function runConformance(
  backend: Backend,
  { files, only, tfjs, timeoutMs = 30_000, silenceMs = 90_000 }: ConformanceOptions,
): Promise<SpecResult[]> {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, `conformance-${process.pid}-`));
  folders.add(folder);
  let progress: Progress | undefined;
  try {
    const bundle = join(folder, 'specs.mjs');
    await bundleSpecs(backend, files, bundle, tfjs);
    return await runBundle(bundle, {
      only,
      timeoutMs,
      silenceMs,
      onTotal: (specs) => (progress = openProgress(specs)),
      onResult: ({ file }) => progress?.advance(`${backend.name} ${file}`),
      onProcess: (child) => {
        processes.add(child);
        child.on('close', () => processes.delete(child));
      },
    });
  } finally {
    progress?.stop();
    rmSync(folder, { recursive: true, force: true });
    folders.delete(folder);
  }
}

/** Cleans up when the run is interrupted. */
export function abandonConformance(): void {
  for (const child of processes) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
