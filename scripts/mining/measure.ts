import { once } from 'node:events';
/**
 * Mines negatives in a process of its own, so that its time and memory can be measured:
 * measure.ts MODEL PAIRS OUTPUT NEGATIVES. Prints a `MiningCost` as JSON.
 */
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { readDataset } from '../../src/datasets/files/read-dataset.js';
import { SparseEncoder } from '../../src/encoder/sparse-encoder.js';
import { setEngine } from '../../src/engine/set-engine.js';
import { mineHardNegatives } from '../../src/mining/mine-hard-negatives.js';
import type { MiningReport } from '../../src/mining/report.js';

export interface MiningCost {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakMiB: number;
  readonly report: MiningReport;
}

const [modelPath = '', pairs = '', output = '', negatives = ''] = process.argv.slice(2);

await setEngine('onnx');
const begin = performance.now();
const before = process.cpuUsage();
const model = await SparseEncoder.load(modelPath);
const dataset = await readDataset(pairs);
const file = createWriteStream(output);
const mined = mineHardNegatives(dataset, model, {
  outputFormat: 'n-tuple',
  numNegatives: Number(negatives),
  // A model that ranks many positives low finds few negatives below them, so there is no margin.
  rangeMin: 5,
  rangeMax: 50,
  samplingStrategy: 'random',
  showProgressBar: true,
});
let next = await mined.next();
for (; next.done !== true; next = await mined.next()) {
  if (!file.write(`${JSON.stringify(next.value)}\n`)) await once(file, 'drain');
}
file.end();
await finished(file);
await dataset.close?.();
await model.dispose();

const { user, system } = process.cpuUsage(before);
const cost: MiningCost = {
  seconds: (performance.now() - begin) / 1000,
  processorSeconds: (user + system) / 1e6,
  peakMiB: process.resourceUsage().maxRSS / 1024,
  report: next.value,
};
process.stdout.write(`${JSON.stringify(cost)}\n`);
