import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import { loadFixture } from '../testing/trainer.js';
import { setWarningHandler } from '../warnings.js';
import {
  checkpointsIn,
  faultIn,
  MANIFEST_FILE,
  newestCheckpoint,
  restoreModel,
  saveCheckpoint,
} from './checkpoint.js';
import { readSavedState } from './saved-state.js';

describe('checkpoints', () => {
  let folder = '';
  let model: SparseEncoder;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-checkpoints-'));
    model = await loadFixture('csr');
    for (const step of [5, 10, 100]) await saveCheckpoint(join(folder, `checkpoint-${step}`), { model });
  });
  afterAll(async () => {
    await model.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are listed by their steps, the newest last', async () => {
    expect((await checkpointsIn(folder)).map(({ step }) => step)).toEqual([5, 10, 100]);
    expect(await checkpointsIn(join(folder, 'nothing'))).toEqual([]);
  });

  it('are models that open', async () => {
    const before = tf.memory().numTensors;
    await restoreModel(model, await newestCheckpoint(folder));
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['a byte of the weights', 'model.safetensors', -1],
    ['a byte of a config', 'config.json', 5],
    ['a hash', MANIFEST_FILE, -20],
  ])('are passed over where %s was changed, with a warning', async (_, file, at) => {
    const path = join(folder, 'checkpoint-100', file);
    const whole = readFileSync(path);
    const damaged = Uint8Array.from(whole);
    const place = at < 0 ? damaged.length + at : at;
    damaged[place] = (damaged[place] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    const told: string[] = [];
    const before = setWarningHandler((message) => void told.push(message));
    try {
      expect(await newestCheckpoint(folder)).toBe(join(folder, 'checkpoint-10'));
    } finally {
      setWarningHandler(before);
      writeFileSync(path, whole);
    }
    expect(told).toEqual([expect.stringMatching(/checkpoint-100 is damaged/)]);
    expect(await faultIn(join(folder, 'checkpoint-100'))).toBeUndefined();
  });

  it('are not whole without the manifest, which is written last', async () => {
    const path = join(folder, 'checkpoint-5', MANIFEST_FILE);
    const manifest = readFileSync(path);
    rmSync(path);
    expect(await faultIn(join(folder, 'checkpoint-5'))).toBe('a file is missing');
    writeFileSync(path, manifest);
  });

  it('without a state of the trainer cannot be resumed', async () => {
    await expect(readSavedState(join(folder, 'checkpoint-5'))).rejects.toThrow(
      'has no trainer_state.json, so it is only a model',
    );
    await expect(newestCheckpoint(join(folder, 'nothing'))).rejects.toThrow('there is no whole checkpoint');
  });

  it('of another model leave this one as it is', async () => {
    const other = await loadFixture('csr-deep');
    const before = await Promise.all(
      other.namedParameters().map(async ([, each]) => (await each.data()).slice()),
    );
    await expect(restoreModel(other, join(folder, 'checkpoint-5'))).rejects.toThrow(
      'is a checkpoint of another model',
    );
    const after = await Promise.all(other.namedParameters().map(async ([, each]) => await each.data()));
    expect(after).toEqual(before);
    await other.dispose();
  });

  it('never replace a folder that holds anything else', async () => {
    const path = join(folder, 'checkpoint-10', 'notes.txt');
    writeFileSync(path, 'mine');
    await expect(saveCheckpoint(join(folder, 'checkpoint-10'), { model })).rejects.toThrow(
      'has "notes.txt", which is not part of a checkpoint',
    );
    expect(readFileSync(path, 'utf8')).toBe('mine');
    rmSync(path);
  });
});
