/** Trains one model with our trainer. Requests of ../bench/worker.ts arrive on stdin; each answer is one line on stdout. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { buildLoss } from '../../parity/run-case.js';
import { freeze } from '../../parity/training/freeze.js';
import type { TrainableLoss } from '../../src/api/trainer.js';
import { arrayDataset, SparseEncoder, SparseEncoderTrainer, setEngine } from '../../src/index.js';
import { peakMiB } from '../bench/serve.js';
import { TrainingSpec } from './spec.js';

interface Request {
  readonly kind: string;
  readonly row?: unknown;
  readonly threads?: number;
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const nextRequest = async (): Promise<Request> => {
  const line = await lines.next();
  return JSON.parse(line.done === true ? '{}' : line.value) as Request;
};
const answer = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const begun = (): { ms: number; cpuMs: number } => {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuMs: (user + system) / 1000 };
};

const { row, threads = 1 } = await nextRequest();
const spec = TrainingSpec.parse(row);
const startMiB = peakMiB();
await setEngine('onnx', { threads });
const model = await SparseEncoder.load(spec.start);
const longest = model.maxSeqLength;
model.maxSeqLength = spec.length;
if (spec.frozen !== null) freeze(model, spec.frozen);
const { base, wrapper } = buildLoss(spec.loss, undefined, model);
answer({ engine: 'onnx engine', threads, startMiB });

await nextRequest();
let turn = begun();
let losses: number[] = [];
const take = (): object => {
  const { ms, cpuMs } = begun();
  const value = losses.reduce((sum, each) => sum + each, 0) / losses.length;
  losses = [];
  return { ms: ms - turn.ms, cpuMs: cpuMs - turn.cpuMs, value };
};
const trainer = new SparseEncoderTrainer({
  model,
  args: {
    ...spec.args,
    maxSteps: spec.steps,
    perDeviceTrainBatchSize: spec.batch,
    batchSampler: 'no_duplicates',
    dataSeed: spec.seed,
    saveStrategy: 'no',
    loggingStrategy: 'no',
    outputDir: null,
  },
  trainDataset: arrayDataset(
    readFileSync(spec.pairs, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  ),
  loss: (wrapper ?? base) as TrainableLoss,
  callbacks: [
    {
      async onStepEnd({ state: { globalStep, maxSteps }, step }) {
        losses.push(step?.loss ?? Number.NaN);
        if (globalStep % spec.turn !== 0 || globalStep === maxSteps) return;
        answer(take());
        await nextRequest();
        turn = begun();
      },
    },
  ],
});
await trainer.train();
const last = take();
model.maxSeqLength = longest;
await model.save(spec.output);
answer(last);

await nextRequest();
answer({ peakMiB: peakMiB() });
process.exit();
