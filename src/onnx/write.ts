import { basename } from 'node:path';
import { replaceFiles } from '../files/replace-files.js';
import { layOut } from './layout.js';
import type { OnnxModel } from './model.js';

export interface WriteOptions {
  /**
   * If the weights take more bytes than this in total, they go to a second file, `<path>.data`, which must stay beside
   * the model. Default: 2,000,000,000, since a model file has at most 2 GiB.
   */
  externalDataThreshold?: number;
}

const EXTERNAL_DATA_THRESHOLD = 2_000_000_000;

/**
 * Writes a model file. Weights are written directly from their arrays, so the additional memory is little more than the
 * nodes take (tensors in attributes and subgraphs count as nodes). If it fails, it leaves no new file.
 */
export async function writeOnnxFile(
  path: string,
  model: OnnxModel,
  { externalDataThreshold = EXTERNAL_DATA_THRESHOLD }: WriteOptions = {},
): Promise<void> {
  const dataPath = `${path}.data`;
  const weightBytes = model.graph.initializers.reduce((sum, { tensor }) => sum + tensor.data.byteLength, 0);
  const external = weightBytes > externalDataThreshold ? { location: basename(dataPath) } : undefined;
  const layout = layOut(model, external);
  const data = layout.externalData.length === 0 ? [] : [{ path: dataPath, pieces: layout.externalData }];
  // The model comes last, so its data is always there when it is found.
  await replaceFiles([...data, { path, pieces: layout.model }]);
}
