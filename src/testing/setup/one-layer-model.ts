import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../files/safetensors/read.js';
import { writeSafetensors } from '../../files/safetensors/write.js';

const SECOND_LAYER = /\.layer\.1\./;

/** Writes the model of a folder with the first of its two layers. */
export async function writeOneLayerModel(from: string, to: string): Promise<void> {
  cpSync(from, to, { recursive: true });
  const config = JSON.parse(readFileSync(join(from, 'config.json'), 'utf8')) as object;
  writeFileSync(join(to, 'config.json'), JSON.stringify({ ...config, num_hidden_layers: 1 }, null, 2));
  const { tensors } = readSafetensors(join(from, 'model.safetensors'));
  const kept = [...tensors.values()].filter(({ name }) => !SECOND_LAYER.test(name));
  await writeSafetensors(
    join(to, 'model.safetensors'),
    kept.map(({ name, shape, values }) => ({
      name,
      shape,
      dtype: 'float32' as const,
      values: values() as Float32Array,
    })),
  );
}
