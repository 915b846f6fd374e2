/**
 * Fuzzes one target in a thread that can be ended from outside, and writes the number of the present run to shared
 * memory.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from './run.js';
import type { WorkerResult, WorkerTask } from './supervise.js';
import { FUZZ_TARGETS } from './targets.js';

const { target: name, seed, runs, progress } = workerData as WorkerTask;
const target = FUZZ_TARGETS.find((row) => row.name === name);
if (target === undefined) throw new RangeError(`there is no target ${name}`);
const current = new Int32Array(progress);
const start = performance.now();
const findings = fuzz(target, { seed, runs, onRun: (run) => (current[0] = run) });
const result: WorkerResult = { findings, seconds: (performance.now() - start) / 1000 };
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is not a window
parentPort?.postMessage(result);
