import { mkdir, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';
import { aText, nullable, type OptionRules, resolveOptions } from '../../options.js';
import type { CallbackContext, TrainerCallback } from '../callbacks.js';
import { restartRecord, scalarsRecord, textRecord, versionRecord } from './events.js';

export interface TensorBoardOptions {
  /** Where event files are written, which `tensorboard --logdir` reads. Default `runs` in outputDir. */
  readonly logDir?: string;
}

const RULES: OptionRules<{ readonly logDir: string | null }> = { logDir: nullable(aText) };
/** The folder in outputDir. */
const RUNS_FOLDER = 'runs';

/**
 * Writes every entry of the log to an event file of TensorBoard: `train/loss`, `eval/loss` and so on, with step and time.
 * Each run begins a file of its own; where a run goes on from a checkpoint, TensorBoard forgets what was logged behind it.
 *
 *     callbacks: [tensorBoardReporter({ logDir: 'runs/first' })]
 *
 * @throws OptionError for options that are unknown or of the wrong type
 * @throws UsageError in training, for a run without logDir and outputDir
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
      // A folder of the machine that trains says nothing to others.
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

/** Readers know event files by "tfevents", and read them in the order of their names. */
function fileName(wallTime: number): string {
  const [seconds = '', thousandths = ''] = wallTime.toFixed(3).split('.');
  return `events.out.tfevents.${seconds.padStart(10, '0')}.${thousandths}.${hostname()}.${process.pid}`;
}

/** As the reference's reporter names them. */
const tagOf = (name: string): string =>
  name.startsWith('eval_') ? `eval/${name.slice('eval_'.length)}` : `train/${name}`;

/** Writes records at the end of a file, all at once, and waits until they are on the disk. */
async function append(path: string, flags: 'a' | 'ax', records: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.appendFile(Buffer.concat(records));
    await file.datasync();
  } finally {
    await file.close();
  }
}
