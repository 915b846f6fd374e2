import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SparseEncoder } from '../../../src/encoder/sparse-encoder.js';
import { ModelFileError } from '../../../src/errors.js';
import type { Given } from '../attack.js';

const MODELS = fileURLToPath(new URL('../../../fixtures/models/', import.meta.url));

/** How to make a tiny model hostile: which model, and how to change a copy of its folder. */
export interface Damage {
  readonly model: string;
  readonly apply: (folder: string) => void;
  /** What the refusal must say. */
  readonly told: RegExp;
}

/** Loads a damaged copy of a model. Anything but the right refusal is a finding. */
export function refuses({ model, apply, told }: Damage): (given: Given) => Promise<void> {
  return async ({ folder }) => {
    const copy = join(folder, model);
    cpSync(join(MODELS, model), copy, { recursive: true });
    apply(copy);
    const error: unknown = await SparseEncoder.load(copy).then(
      () => new Error('the model was opened'),
      (reason: unknown) => reason,
    );
    if (!(error instanceof ModelFileError) || !told.test(error.message)) throw error;
  };
}

export function editJson(path: string, edit: (value: Record<string, unknown>) => void): void {
  const value = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  edit(value);
  writeFileSync(path, JSON.stringify(value));
}
