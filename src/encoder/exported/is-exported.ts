import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WEIGHTS_FILE, WEIGHTS_INDEX_FILE } from '../../files/safetensors/read-weights.js';

/** Whether the weights of a transformer are only in the exported graphs of its model. */
export function isExported(root: string, folder: string): boolean {
  const hasWeights = [WEIGHTS_FILE, WEIGHTS_INDEX_FILE].some((name) => existsSync(join(folder, name)));
  return !hasWeights && existsSync(join(root, 'onnx'));
}
