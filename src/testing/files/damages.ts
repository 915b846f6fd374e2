import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { ModelFileError } from '../../errors.js';
import { copyOfModel, editJson, type JsonEdit } from './damaged-model.js';

/** A way to damage a model, and the expected error; FOLDER stands for the model's path. */
export type DamageCase = readonly [
  what: string,
  model: string,
  damage: (folder: string) => unknown,
  told: RegExp,
];

export const json =
  (file: string, edit: JsonEdit, ...at: (string | number)[]) =>
  (folder: string): void =>
    editJson(join(folder, file), edit, at);

export const set = (file: string, key: string, value: unknown, ...at: (string | number)[]) =>
  json(file, (object) => void (object[key] = value), ...at);

export const remove = (name: string) => (folder: string) => rmSync(join(folder, name), { recursive: true });

export const write = (name: string, text: string) => (folder: string) =>
  writeFileSync(join(folder, name), text);

/** The outcome of loading a damaged copy: the error's class and message, and whether tensors were left behind. */
export async function outcomeOf(model: string, damage: (folder: string) => unknown): Promise<string> {
  const folder = copyOfModel(model);
  await damage(folder);
  const before = tf.memory().numTensors;
  const error: unknown = await SparseEncoder.load(folder).catch((reason: unknown) => reason);
  if (!(error instanceof ModelFileError)) return `no ModelFileError: ${String(error)}`;
  const left = tf.memory().numTensors - before;
  return `${error.message.replaceAll(folder, 'FOLDER')}${left === 0 ? '' : ` | ${left} tensors left behind`}`;
}

/** Defines a test for each case, under the name of its kind. */
export function refuses(kind: string, cases: readonly DamageCase[]): void {
  describe(`is refused: ${kind}`, () => {
    test.each(cases)('%s', async (_what, model, damage, told) => {
      expect(await outcomeOf(model, damage)).toMatch(told);
    });
  });
}
