import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '../../files/safetensors/read.js';
import { type TensorToStore, writeSafetensors } from '../../files/safetensors/write.js';
import { temporaryFolder } from './temporary-folder.js';

export const MODELS = fileURLToPath(new URL('../../../fixtures/models/', import.meta.url));

/** A copy of a tiny model for a test to damage; deleted when the test ends. */
export function copyOfModel(name: string): string {
  const folder = join(temporaryFolder(), name);
  cpSync(join(MODELS, name), folder, { recursive: true });
  return folder;
}

export type JsonEdit = (value: Record<string, unknown>) => void;

/** Edits an object of a JSON file; `at` leads to one inside it. */
export function editJson(path: string, edit: JsonEdit, at: readonly (string | number)[] = []): void {
  const root: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const target = at.reduce((value, key) => (value as Record<string | number, unknown>)[key], root);
  edit(target as Record<string, unknown>);
  writeFileSync(path, JSON.stringify(root));
}

type StoredInMemory = TensorToStore & { readonly values: Float32Array | Int32Array };

/** Changes the weights of a folder, and writes them again. */
export async function editWeights(
  folder: string,
  edit: (tensors: readonly StoredInMemory[]) => readonly TensorToStore[],
): Promise<void> {
  const path = join(folder, 'model.safetensors');
  const tensors = [...readSafetensors(path).tensors.values()].map((tensor): StoredInMemory => {
    const values = tensor.values();
    if (values instanceof Uint8Array) throw new TypeError(`${tensor.name} holds bytes`);
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    return { name: tensor.name, shape: tensor.shape, dtype, values: values.slice() };
  });
  await writeSafetensors(path, edit(tensors));
}
