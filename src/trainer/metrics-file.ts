import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTextWhole } from '../files/write-file.js';
import type { CallbackContext, LogEntry, TrainerCallback } from './callbacks.js';

export const METRICS_FILE = 'metrics.jsonl';

const lineOf = (entry: LogEntry): string => `${JSON.stringify(entry)}\n`;

/**
 * Appends every entry of the log to `metrics.jsonl` in the output folder, one JSON object per line. A resumed run starts
 * from the entries in its checkpoint and drops later ones, because their steps are run again.
 */
export function metricsFile(outputDir: string): TrainerCallback {
  const path = join(outputDir, METRICS_FILE);
  return {
    async onTrainBegin({ state }: CallbackContext): Promise<void> {
      if (state.globalStep > 0) await writeTextWhole(path, state.logHistory.map(lineOf).join(''));
    },
    async onLog({ logs, state }: CallbackContext): Promise<void> {
      await appendFile(path, lineOf({ ...logs, step: state.globalStep }));
    },
  };
}
