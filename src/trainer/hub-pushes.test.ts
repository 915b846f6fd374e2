// @module-tag slow
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { arrayDataset } from '../datasets/dataset.js';
import { UploadError } from '../errors.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { type PublishingHub, startPublishingHub } from '../testing/hub/publishing-hub.js';
import { PAIRS } from '../testing/train-command.js';
import { loadFixture } from '../testing/trainer.js';
import { recordWarnings } from '../testing/warnings.js';
import type { CallbackContext } from './callbacks.js';
import { HubPushes } from './hub-pushes.js';
import { SparseEncoderTrainer } from './trainer.js';
import {
  type HubStrategy,
  resolveTrainingArguments,
  type SparseEncoderTrainingArguments,
} from './training-arguments.js';

let outputDir = '';
beforeEach(() => {
  outputDir = join(temporaryFolder(), 'my-run');
});

async function trainerWith(args: SparseEncoderTrainingArguments): Promise<SparseEncoderTrainer> {
  const model = await loadFixture('splade-bert');
  return new SparseEncoderTrainer({
    model,
    args: { outputDir, maxSteps: 2, saveSteps: 1, pushToHub: true, perDeviceTrainBatchSize: 2, ...args },
    trainDataset: arrayDataset(PAIRS),
    loss: new SpladeLoss(model, {
      loss: new SparseMultipleNegativesRankingLoss(model),
      documentRegularizerWeight: 0,
      queryRegularizerWeight: 0,
    }),
  });
}

/** The titles of the commits, in order. */
const titles = (hub: PublishingHub): string[] => hub.commits.map(({ title }) => title);

const filesOf = (hub: PublishingHub, name: string): Map<string, Buffer> =>
  hub.branches.get(`${name}@main`) ?? new Map<string, Buffer>();

describe('pushToHub', () => {
  it('pushes the model of each save to a repository named after outputDir, and the saved model', async () => {
    const hub = await startPublishingHub();
    const trainer = await trainerWith({ hubPrivateRepo: true });
    await trainer.train();
    expect(titles(hub)[0]).toBe('Training in progress, step 1');
    expect(hub.isPrivate.get('me/my-run')).toBe(true);
    const paths = [...filesOf(hub, 'me/my-run').keys()];
    expect(paths).toContain('modules.json');
    expect(paths.filter((path) => /optimizer|trainer_state|manifest|checkpoint/.test(path))).toEqual([]);
    await trainer.saveModel(join(outputDir, 'final'));
    expect(titles(hub).at(-1)).toBe('Model save');
    expect(await trainer.pushToHub()).toContain('/me/my-run/commit/');
    expect(titles(hub).at(-1)).toBe('End of training');
    await trainer.model.dispose();
  });

  it('pushes what each strategy says, checkpoints as they are', async () => {
    const hub = await startPublishingHub();
    const trainer = await trainerWith({ pushToHub: false, maxSteps: 1 });
    const { state } = await trainer.train();
    await trainer.model.dispose();
    const folder = join(outputDir, 'checkpoint-1');
    const pushed = async (hubStrategy: HubStrategy): Promise<Map<string, Buffer>> => {
      const hubModelId = `team/${hubStrategy}`;
      const args = resolveTrainingArguments({ outputDir, pushToHub: true, hubModelId, hubStrategy });
      const pushes = new HubPushes(args, (name) => join(outputDir, name));
      pushes.onSave({ state } as CallbackContext);
      await pushes.finished();
      return filesOf(hub, hubModelId);
    };
    expect([...(await pushed('end')).keys()]).toEqual([]);
    const model = [...(await pushed('every_save')).keys()];
    for (const [strategy, name] of [
      ['checkpoint', 'last-checkpoint'],
      ['all_checkpoints', 'checkpoint-1'],
    ] as const) {
      const files = await pushed(strategy);
      const inside = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
      expect(new Set(files.keys())).toEqual(new Set([...model, ...inside.map((path) => `${name}/${path}`)]));
      for (const path of inside) {
        expect(files.get(`${name}/${path}`)?.equals(readFileSync(join(folder, path)))).toBe(true);
      }
    }
  });

  it('tells that pushes fail, and loses nothing', async () => {
    const hub = await startPublishingHub();
    hub.refuse = (what) =>
      what.includes('/commit/') ? { status: 503, json: { error: 'come back later' } } : undefined;
    const warnings = recordWarnings();
    const trainer = await trainerWith({});
    const { globalStep } = await trainer.train();
    expect(globalStep).toBe(2);
    await trainer.saveModel(join(outputDir, 'final'));
    expect(readdirSync(outputDir)).toEqual(expect.arrayContaining(['checkpoint-2', 'final']));
    expect(warnings[0]).toContain('my-run cannot be published: the hub answers 503');
    expect(warnings[0]).toContain('Training goes on; the next save is pushed again.');
    expect(warnings.at(-1)).toContain(`sparse-encoder push ${join(outputDir, 'final')} my-run --exist-ok`);
    await trainer.model.dispose();
  });

  it('ends the run before its first step where the hub cannot be reached', async () => {
    await startPublishingHub();
    vi.stubEnv('HF_TOKEN', '');
    vi.stubEnv('HF_HOME', temporaryFolder());
    const trainer = await trainerWith({});
    await expect(trainer.train()).rejects.toThrow(UploadError);
    // The folder stays usable for the next try.
    expect(readdirSync(outputDir)).toEqual([]);
    await trainer.model.dispose();
  });

  it('needs a name for the repository', async () => {
    await expect(trainerWith({ outputDir: null, saveStrategy: 'no' })).rejects.toThrow(
      'pushToHub needs a hubModelId, or an outputDir whose name the repository takes',
    );
  });
});
