import { mkdir, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';
import { aText, nullable, type OptionRules, resolveOptions } from '../../options.js';
import type { CallbackContext, TrainerCallback } from '../callbacks.js';
import { restartRecord, scalarsRecord, textRecord, versionRecord } from './events.js';

export interface TensorBoardOptions {
  /** The folder for event files, to pass to `tensorboard --logdir`. Default `runs` in outputDir. */
  readonly logDir?: string;
}

const RULES: OptionRules<{ readonly logDir: string | null }> = { logDir: nullable(aText) };
/** The default folder inside outputDir. */
const RUNS_FOLDER = 'runs';

/**
 * Writes every entry of the log to a TensorBoard event file: `train/loss`, `eval/loss` and so on, with step and time. Each
 * run begins a new file. When a run resumes from a checkpoint, TensorBoard drops what was logged after that checkpoint.
 *
 *     callbacks: [tensorBoardReporter({ logDir: 'runs/first' })]
 *
 * @throws OptionError for options that are unknown or of the wrong type
 * @throws UsageError when training begins, if the run has neither logDir nor outputDir
 */
export function tensorBoardReporter(options: TensorBoardOptions = {}): TrainerCallback {
  const { logDir } = resolveOptions('tensorBoardReporter', RULES, options);
  let file: string | undefined;
  return {
    async onTrainBegin({ args, state }: CallbackContext): Promise<void> {
      const folder = folderOf(logDir, args.outputDir);
      await mkdir(folder, { recursive: true });
      const wallTime = Date.now() / 1000;
      file = join(folder, fileName(wallTime));
      // A local folder of the training machine means nothing to other readers.
      const { outputDir: _, ...told } = args;
      const moment = { step: state.globalStep, wallTime };
      await append(file, 'ax', [
        versionRecord(wallTime),
        ...(state.globalStep === 0 ? [] : [restartRecord({ ...moment, step: state.globalStep + 1 })]),
        textRecord(
          moment,
          'args/text_summary',
          `    ${JSON.stringify(told, null, 2).replaceAll('\n', '\n    ')}`,
        ),
      ]);
    },
    async onLog({ logs = {}, state }: CallbackContext): Promise<void> {
      if (file === undefined) return;
      const scalars = Object.fromEntries(Object.entries(logs).map(([name, value]) => [tagOf(name), value]));
      const moment = { step: state.globalStep, wallTime: Date.now() / 1000 };
      await append(file, 'a', [scalarsRecord(moment, scalars)]);
    },
  };
}

function folderOf(logDir: string | null, outputDir: string | null): string {
  if (logDir !== null) return logDir;
  if (outputDir !== null) return join(outputDir, RUNS_FOLDER);
  throw new UsageError('tensorBoardReporter: there is neither a logDir nor an outputDir to write to');
}

/** Readers recognize event files by "tfevents", and read them in the order of their names. */
function fileName(wallTime: number): string {
  const [seconds = '', thousandths = ''] = wallTime.toFixed(3).split('.');
  return `events.out.tfevents.${seconds.padStart(10, '0')}.${thousandths}.${hostname()}.${process.pid}`;
}

/** Names tags as the reference's reporter does. */
const tagOf = (name: string): string =>
  name.startsWith('eval_') ? `eval/${name.slice('eval_'.length)}` : `train/${name}`;

/** Appends records to a file in one write, and waits until they are on disk. */
async function append(path: string, flags: 'a' | 'ax', records: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.appendFile(Buffer.concat(records));
    await file.datasync();
  } finally {
    await file.close();
  }
}
