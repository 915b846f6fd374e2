import { setWarningHandler } from '../../src/index.js';
import { kindOf } from '../../src/shell/exit-codes.js';
import { chooseCells } from '../choose.js';
import { originOn, setEngines } from '../engines.js';
import { OURS } from '../implementation.js';
import { ofShard } from '../shard.js';
import { goldenSource, liveSource } from '../source.js';
import { judgeLosses, judgeModels } from './judge-share.js';
import type { FromWorker, ToWorker } from './messages.js';
import { shareOf } from './share.js';

/** Judges a share of a run for the process that started this one, and ends with it. */
export async function runWorker(): Promise<void> {
  process.once('disconnect', () => process.exit());
  const task = await new Promise<ToWorker>((resolve) => process.once('message', resolve));
  try {
    await judge(task);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await send({ what: 'failed', kind: kindOf(error), message });
  }
}

async function judge({ options, share }: ToWorker): Promise<void> {
  const backends = await setEngines(options);
  setWarningHandler(() => undefined);
  const chosen = ofShard(chooseCells(options, originOn(backends[0], undefined)), options.shard);
  const realTexts = chosen.only === undefined && shareOf(chosen, share).cells.length > 0;
  const source = options.golden
    ? goldenSource()
    : await liveSource({ ...options, python: options.python, realTexts, log: () => undefined });
  try {
    const onCell = (name: string): void => void send({ what: 'cell', name });
    const run = { options, backends, source, implementation: OURS, onCell };
    await send({ what: 'losses', losses: await judgeLosses(chosen, share, run) });
    await send({ what: 'models', models: await judgeModels(chosen, share, run) });
  } finally {
    await source.close();
  }
}

function send(message: FromWorker): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });
}
