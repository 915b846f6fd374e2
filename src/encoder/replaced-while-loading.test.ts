// @module-tag slow
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { exportOnnx } from '../export/export-onnx.js';
import { builtProgram } from '../testing/built-programs.js';
import { copyOfModel, editJson, editWeights } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { SparseEncoder } from './sparse-encoder.js';

const PROGRAM = builtProgram('src/testing/files/replace-again');
const LOADS = 25;
const TEXT = 'a painter of houses';

async function embeddingOf(folder: string): Promise<string> {
  const encoder = await SparseEncoder.load(folder);
  try {
    const { indices, values } = await encoder.encode(TEXT);
    return `${indices.join()} ${Array.from(values, (value) => value.toPrecision(4)).join()}`;
  } finally {
    await encoder.dispose();
  }
}

/** Two models that differ in weights and in settings, so that a mixture equals neither. */
async function twoModels(): Promise<[string, string]> {
  const [first, second] = [copyOfModel('splade-bert'), copyOfModel('splade-bert')];
  for (const each of [first, second]) rmSync(join(each, 'expected.json'));
  editJson(join(second, '1_SpladePooling', 'config.json'), (config) => (config['pooling_strategy'] = 'sum'));
  await editWeights(second, (tensors) =>
    tensors.map(({ values, ...tensor }) => ({ ...tensor, values: values.map((value) => 1.5 * value) })),
  );
  return [first, second];
}

async function exportsOf(folders: readonly string[]): Promise<[string, string]> {
  const outputs = folders.map((folder) => `${folder}-exported`);
  for (const [index, folder] of folders.entries()) {
    const encoder = await SparseEncoder.load(folder);
    await exportOnnx(encoder, { output: outputs[index] ?? '' });
    await encoder.dispose();
  }
  return [outputs[0] ?? '', outputs[1] ?? ''];
}

it.each(['saved', 'exported'])(
  'a %s folder that is replaced while it is loaded gives one version or the other',
  async (kind) => {
    const models = await twoModels();
    const [first, second] = kind === 'saved' ? models : await exportsOf(models);
    const expected = [await embeddingOf(first), await embeddingOf(second)];
    expect(expected[0]).not.toBe(expected[1]);
    const target = join(temporaryFolder(), 'model');
    cpSync(first, target, { recursive: true });
    const writer = fork(PROGRAM, [target, first, second]);
    onTestFinished(() => void writer.kill('SIGKILL'));
    let replaced = 0;
    writer.on('message', () => replaced++);
    await once(writer, 'message');
    const found = new Set<string>();
    for (let load = 0; load < LOADS; load++) {
      const embedding = await embeddingOf(target);
      expect(expected).toContain(embedding);
      found.add(embedding);
    }
    expect(found.size).toBe(2);
    expect(replaced).toBeGreaterThan(5);
  },
  120_000,
);
