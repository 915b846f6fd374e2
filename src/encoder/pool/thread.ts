import { parentPort, workerData } from 'node:worker_threads';
import { setEngine } from '../../engine/set-engine.js';
import { setWarningHandler } from '../../warnings.js';
import { SparseEncoder } from '../sparse-encoder.js';
import { type Answer, type Job, packError, type ThreadData } from './messages.js';

/** The thread's side of an `EncoderPool`: opens the model, then embeds each job that arrives. */

const { path, options, threads } = workerData as ThreadData;

function answer(message: Answer, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

async function run(encoder: SparseEncoder, { id, method, texts, options: given }: Job): Promise<void> {
  try {
    const matrix = await encoder[method](texts, { ...given, batchSize: texts.length });
    const buffers = [matrix.indptr, matrix.indices, matrix.values].map(({ buffer }) => buffer as ArrayBuffer);
    answer({ kind: 'embedded', id, matrix }, buffers);
  } catch (error) {
    answer({ kind: 'failed', id, error: packError(error) });
  }
}

setWarningHandler((message) => answer({ kind: 'warning', message }));
try {
  await setEngine('onnx', threads === null ? undefined : { threads });
  const encoder = await SparseEncoder.load(path, options);
  parentPort?.on('message', (job: Job) => void run(encoder, job));
  answer({ kind: 'opened', dimension: encoder.dimension });
} catch (error) {
  answer({ kind: 'refused', error: packError(error) });
}
