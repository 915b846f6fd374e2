import { rm } from 'node:fs/promises';
import type { BoundOptimizer } from '../training/bound-optimizer.js';
import type { TrainerState } from './callbacks.js';
import {
  checkpointName,
  checkpointsIn,
  restoreLossParameters,
  restoreModel,
  saveCheckpoint,
} from './checkpoint.js';
import { lossParameters } from './parameters.js';
import type { LossSums } from './running-mean.js';
import type { SavedState } from './saved-state.js';
import { statefulCallbacks } from './stateful-callbacks.js';
import type { SparseEncoderTrainer } from './trainer.js';

/** What saving needs from the run, in addition to the trainer. */
export interface RunToSave {
  readonly state: TrainerState;
  readonly sums: LossSums;
  readonly data: SavedState['data'];
  readonly cursor: SavedState['cursor'];
  readonly optimizer: BoundOptimizer;
  readonly plateau: SavedState['plateau'];
  /** The model's card. */
  readonly readme: string;
}

/** Writes a checkpoint of the last step, and removes checkpoints beyond the limit. */
export async function save(trainer: SparseEncoderTrainer, run: RunToSave): Promise<void> {
  const { args, model, callbacks, loss } = trainer;
  const { optimizer, plateau, state, sums, data, cursor, readme } = run;
  const states = statefulCallbacks(callbacks).map(([name, each]) => [name, each.state?.()] as const);
  await saveCheckpoint(trainer.checkpointFolder(checkpointName(state.globalStep)), {
    model,
    readme,
    ...(!args.saveOnlyModel && {
      trainer: {
        saved: {
          state: { ...state, logHistory: state.logHistory.map((entry) => ({ ...entry })) },
          sums: {
            ...sums,
            components: { ...sums.components },
            activity: { ...sums.activity },
            counts: { ...sums.counts },
          },
          data,
          cursor,
          plateau,
          dropoutPosition: model.dropout.position,
          callbacks: Object.fromEntries(states),
        },
        optimizer,
        lossParameters: lossParameters(loss),
      },
    }),
  });
  await removeOldest(trainer, state);
}

/** Keeps the best checkpoint, and the last one, so that training can resume. */
async function removeOldest(
  trainer: SparseEncoderTrainer,
  { bestModelCheckpoint }: TrainerState,
): Promise<void> {
  const { outputDir, saveTotalLimit } = trainer.args;
  if (outputDir === null || saveTotalLimit === null) return;
  const names = (await checkpointsIn(outputDir)).map(({ name }) => name);
  const isKept = (name: string): boolean => name === bestModelCheckpoint || name === names.at(-1);
  const surplus = Math.max(0, names.length - saveTotalLimit);
  const removed = names.filter((each) => !isKept(each)).slice(0, surplus);
  // A checkpoint that is being pushed must stay until that is done.
  if (removed.length > 0) await trainer.pushes?.finished();
  for (const name of removed) {
    await rm(trainer.checkpointFolder(name), { recursive: true, force: true });
  }
}

/** Restores the model from its best checkpoint, if the arguments ask for it. */
export async function restoreBest(
  trainer: SparseEncoderTrainer,
  { bestModelCheckpoint }: TrainerState,
): Promise<void> {
  const { args, model, loss } = trainer;
  if (!args.loadBestModelAtEnd || bestModelCheckpoint === null) return;
  const folder = trainer.checkpointFolder(bestModelCheckpoint);
  await restoreModel(model, folder);
  if (!args.saveOnlyModel) restoreLossParameters(folder, lossParameters(loss));
}
