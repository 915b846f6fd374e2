// @module-tag slow
import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { builtProgram } from '../../testing/built-programs.js';
import { THREAD_STACK } from '../../worker-thread.js';
import { mostBytes } from './command-line.js';

const moduleOf = (program: string): string => JSON.stringify(pathToFileURL(builtProgram(program)).href);
const MEBIBYTE = 2 ** 20;

const COMPUTES = `
  const { setEngine } = await import(${moduleOf('src/api/engine')});
  const tf = await import('@tensorflow/tfjs');
  try {
    await setEngine('onnx', { threads: 1 });
    await tf.tensor1d([1, 2]).square().data();
    console.log('computed');
  } catch (error) {
    console.log(error.name, error.message);
  }`;

/** Programs that make their first session in different threads, and the stack sizes of those threads. */
const PROGRAMS: readonly [where: string, program: string, stack: number][] = [
  ['the main thread', COMPUTES, 8 * MEBIBYTE],
  ['the main thread, with a small stack', COMPUTES, 2 * MEBIBYTE],
  [
    "a user's worker thread",
    `const { Worker } = await import('node:worker_threads');
     new Worker(${JSON.stringify(`(async () => { ${COMPUTES} })()`)}, { eval: true });`,
    4 * MEBIBYTE,
  ],
  [
    'a session in the background',
    `const { BackgroundSession } = await import(${moduleOf('src/engine/runtime/background/background-session')});
     try {
       await BackgroundSession.create(new Uint8Array(4), {});
     } catch (error) {
       console.log(error.name === 'Error' ? 'computed' : error.name, error.message);
     }`,
    8 * MEBIBYTE,
  ],
  [
    'the thread of a pool',
    `const { EncoderPool } = await import(${moduleOf('src/index')});
     try {
       const pool = await EncoderPool.load('../fixtures/models/csr');
       await pool.encode('a dog');
       console.log('computed');
     } catch (error) {
       console.log(error.name, error.message);
     }
     process.exit();`,
    THREAD_STACK,
  ],
];

/**
 * Runs a program with a command line of this many bytes. Returns its output, or the signal or status that it ended
 * with.
 */
function run(program: string, bytes: number, mebibytes: number): string {
  const args = [process.execPath, '--input-type=module', '--eval', program];
  // Each argument ends with a zero byte.
  const length = args.reduce((sum, arg) => sum + Buffer.byteLength(arg) + 1, 0);
  const { stdout, stderr, signal, status } = spawnSync(
    'bash',
    ['-c', `ulimit -S -s ${mebibytes * 1024} && exec "$@"`, 'bash', ...args, 'x'.repeat(bytes - length - 1)],
    {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  return stdout === '' ? `${signal ?? status} ${stderr}` : stdout;
}

describe.runIf(process.platform === 'linux')('a long command line', () => {
  test.each(PROGRAMS)('is refused before it ends the process: in %s', (_, program, stack) => {
    const most = mostBytes(stack);
    const main = Math.min(8, stack / MEBIBYTE);
    const allowed = Math.min(most, mostBytes(8 * MEBIBYTE));
    expect(run(program, allowed, main)).toMatch(/^computed/);
    expect(run(program, most + 1, main)).toMatch(
      new RegExp(
        `^EngineUnavailableError the command line of this process has ${most + 1} bytes, .*; expected at most \\d+: give long texts in files`,
      ),
    );
  });
});
