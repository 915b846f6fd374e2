import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { packageRoot } from '../../package-root.js';
import { type Reference, startWorker } from '../../python/bridge.js';
import { findReferencePython } from '../../python/environment.js';
import { setWarningHandler } from '../../warnings.js';

const python = findReferencePython();

/** Whether a Python has the reference. */
export const HAS_REFERENCE = python !== undefined;

/** Time for a test that lets the reference compute. */
export const LIVE_TIME = 400_000;

let started: Reference | undefined;

/** The reference, which the test files of a process share: it needs nine seconds of processor time to start. */
async function sharedReference(): Promise<Reference> {
  if (started?.isAlive !== true) {
    started = await startWorker(join(packageRoot(), 'parity', 'reference'), { python: python ?? '' });
  }
  return started;
}

/** Ends the shared reference, for tests that start one of their own. The next test that asks it starts another one. */
export async function endSharedReference(): Promise<void> {
  await started?.stop();
}

/** The reference, for the tests of the surrounding `describe`. They begin on the cpu engine, and warnings are not shown. */
export function liveReference(): Pick<Reference, 'call'> {
  beforeAll(async () => {
    setWarningHandler(() => undefined);
    await setEngine('cpu');
    await sharedReference();
  }, LIVE_TIME);
  return { call: async (...given) => (await sharedReference()).call(...given) };
}

/** A Python program: the path of its file, or its text. */
export type Program = { readonly path: string } | { readonly text: string };

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** Its standard input. */
  readonly input?: string | Uint8Array;
  /** Its working folder. */
  readonly folder?: string;
}

/**
 * Runs a program in the process of the shared reference. Resolves with its standard output.
 *
 * @throws CallError with the exception of the program
 */
export async function runInReference(
  program: Program,
  { args = [], input = '', folder = process.cwd() }: ProgramOptions = {},
): Promise<Buffer> {
  const exchange = mkdtempSync(join(tmpdir(), 'sparse-encoder-program-'));
  try {
    const files = { input: join(exchange, 'input'), output: join(exchange, 'output') };
    writeFileSync(files.input, input);
    const reference = await sharedReference();
    const meta = { ...program, ...files, args: [...args], folder };
    await reference.call('program.run', { meta, tensors: {} }, { deadlineMs: LIVE_TIME });
    return readFileSync(files.output);
  } finally {
    rmSync(exchange, { recursive: true, force: true });
  }
}
