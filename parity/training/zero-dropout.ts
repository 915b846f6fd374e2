import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Sets every dropout rate in the configs of a model's folder to 0. */
export function zeroDropout(folder: string): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('config.json')) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, file), text.replace(/("\w*dropout\w*"\s*:\s*)[\d.]+/g, '$10.0'));
  }
}
