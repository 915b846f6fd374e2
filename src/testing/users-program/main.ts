import { rmSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { setEngine, setWarningHandler, type SparseEncoder } from '../../index.js';
import { FUNCTION_CALLS, METHOD_CALLS, newFolder, TENSOR_CALLS } from './calls.js';
import { startWork } from './work.js';

/** The effects of a call, as one line of JSON for each call. */
export interface Report {
  readonly call: string;
  readonly result: unknown;
  /** The backends that the user's code saw before, during and after the call; null means none. */
  readonly backends: readonly (string | null)[];
  /** How often the user's code ran during the call. */
  readonly rounds: number;
  readonly warnings: readonly string[];
  /** What went wrong in the user's code. */
  readonly faults: readonly string[];
}

/** How the user's program uses tfjs: not at all, directly, or through `setEngine`. */
export const USES = ['none', 'tfjs', 'setEngine'] as const;
const use = process.argv[2] as (typeof USES)[number];

const warnings: string[] = [];
setWarningHandler((message) => warnings.push(message));
if (use === 'tfjs') await tf.setBackend('cpu');
if (use === 'setEngine') await setEngine('cpu');

const folder = newFolder();
const made = { folder, model: undefined as unknown as SparseEncoder };
const calls = { ...METHOD_CALLS, ...(use !== 'none' && TENSOR_CALLS), ...FUNCTION_CALLS };
for (const [call, run] of Object.entries(calls)) {
  const work = startWork(use === 'none', made.model);
  const result = await run(made);
  const report: Report = { call, result, warnings: warnings.splice(0), ...(await work.stop()) };
  console.log(
    JSON.stringify(report, (_, value: unknown) =>
      ArrayBuffer.isView(value) ? [...(value as Float32Array)] : value,
    ),
  );
}
await made.model.dispose();
rmSync(folder, { recursive: true });
