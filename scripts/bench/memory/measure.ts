import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sharedRuntime } from '../../../src/engine/runtime/runtime.js';
import { setEngine } from '../../../src/index.js';
import { MemoryCase, type MemoryResult } from './spec.js';
import { encodeWorkload, trainingWorkload, type Workload } from './workloads.js';

const WORKLOADS = { encode: encodeWorkload, training: trainingWorkload } as const;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Resident memory without garbage. */
async function residentMiB(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss / 2 ** 20;
}

async function rounds(
  workload: Workload,
  count: number,
): Promise<Pick<MemoryResult, 'firstMiB' | 'lastMiB'>> {
  await workload.round(0);
  const firstMiB = await residentMiB();
  for (let index = 1; index < count; index++) await workload.round(index);
  return { firstMiB, lastMiB: await residentMiB() };
}

async function measure({ kind, rounds: count, model, threads }: MemoryCase): Promise<MemoryResult> {
  await setEngine('onnx', { threads });
  const startMiB = await residentMiB();
  const begin = performance.now();
  const workload = await WORKLOADS[kind](model);
  const used = await rounds(workload, count);
  const { size, bytes } = sharedRuntime().sessions;
  const seconds = (performance.now() - begin) / 1000;
  await workload.dispose();
  return { startMiB, ...used, seconds, sessions: size, estimatedMiB: bytes / 2 ** 20 };
}

const asked = MemoryCase.parse(JSON.parse(process.argv[2] ?? '{}'));
const result = await measure(asked);
// Everything that was measured is out of scope by now.
const disposedMiB = await residentMiB();
const peakMiB = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ ...result, disposedMiB, peakMiB })}\n`);
