import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sharedRuntime } from '../engine/runtime/runtime.js';
import { encodingEngine } from '../engine/set-engine.js';
import { isMissing } from '../files/is-missing.js';
import { writeTextWhole } from '../files/write-file.js';
import { softwareVersions, thisMachine } from '../machine.js';
import type { CallbackContext, TrainerCallback } from './callbacks.js';

export const ENVIRONMENT_FILE = 'environment.json';

/** Where a run computes, from a step on. */
const ENVIRONMENT = z.object({
  /** The steps that were done before. */
  step: z.number(),
  engine: z.string(),
  /** Threads of an operator; null leaves the choice to ONNX Runtime, which takes the number of physical cores. */
  threads: z.number().nullable(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.number(),
  memoryGiB: z.number(),
  'sparse-encoder': z.string(),
  'onnxruntime-node': z.string(),
  '@tensorflow/tfjs': z.string(),
  node: z.string(),
});
export type RunEnvironment = z.infer<typeof ENVIRONMENT>;

/** The environments of a run in the order of their steps; empty if the file is missing or is not whole. */
export async function readEnvironments(folder: string): Promise<readonly RunEnvironment[]> {
  const text = await readFile(join(folder, ENVIRONMENT_FILE), 'utf8').catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    return '[]';
  });
  try {
    return z.array(ENVIRONMENT).safeParse(JSON.parse(text)).data ?? [];
  } catch {
    return [];
  }
}

/** Writes machine, engine and versions to `environment.json` in the output folder. A resumed run adds its own. */
export function environmentFile(outputDir: string): TrainerCallback {
  return {
    async onTrainBegin({ state: { globalStep: step } }: CallbackContext): Promise<void> {
      const earlier = step === 0 ? [] : await readEnvironments(outputDir);
      const engine = encodingEngine();
      const now: RunEnvironment = {
        step,
        engine,
        threads: engine === 'onnx' ? sharedRuntime().threads : null,
        ...thisMachine(),
        ...softwareVersions(),
      };
      const all = [...earlier.filter((each) => each.step < step), now];
      await writeTextWhole(join(outputDir, ENVIRONMENT_FILE), `${JSON.stringify(all, null, 2)}\n`);
    },
  };
}
