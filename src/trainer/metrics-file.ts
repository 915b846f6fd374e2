import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallbackContext, TrainerCallback } from './callbacks.js';

export const METRICS_FILE = 'metrics.jsonl';

/** Appends every entry of the log to `metrics.jsonl` in the output folder, one JSON object a line. */
export function metricsFile(outputDir: string): TrainerCallback {
  return {
    async onLog({ logs, state }: CallbackContext): Promise<void> {
      const line = JSON.stringify({ ...logs, step: state.globalStep });
      await appendFile(join(outputDir, METRICS_FILE), `${line}\n`);
    },
  };
}
