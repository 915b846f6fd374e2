import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FileWriter } from '../../files/folder/write-folder.js';
import { writeSafetensors } from '../../files/safetensors/write.js';
import { writeTextWhole } from '../../files/write-file.js';

/** The files of a small model. Each file says which version it belongs to. */
export function smallFolder(version: number): FileWriter[] {
  const text = (path: string): FileWriter => ({
    path,
    write: (place) => writeTextWhole(place, `${path} ${version}`),
  });
  const values = Float32Array.of(version, version);
  const weights: FileWriter = {
    path: '1_Dense/model.safetensors',
    write: (place) => writeSafetensors(place, [{ name: 'a', shape: [2], dtype: 'float32', values }]),
  };
  return [text('modules.json'), text('1_Dense/config.json'), weights];
}

/** Names and contents of all files in a folder; undefined if the folder does not exist. */
export function contents(folder: string): Record<string, string> | undefined {
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'base64')]));
}
