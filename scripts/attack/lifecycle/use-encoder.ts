import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { sharedRuntime } from '../../../src/engine/runtime/runtime.js';
import { SparseEncoder, UsageError } from '../../../src/index.js';
import type { Given } from '../attack.js';

const MODEL = fileURLToPath(new URL('../../../fixtures/models/splade-bert', import.meta.url));
const CALLS = 8;

const held = (): readonly number[] => [
  tf.memory().numTensors,
  Object.keys(tf.engine().state.registeredVariables).length,
  sharedRuntime().sessions.size,
];

/** Calls on an encoder; each gives back what it holds. */
const METHODS: readonly ((model: SparseEncoder, folder: string) => Promise<unknown>)[] = [
  (model) => model.encode(['dog', 'a cat'], { batchSize: 1 }),
  (model) => model.encodeStream(['dog']).next(),
  async (model) =>
    tf.dispose(Object.values(await model.preprocess(['dog'])).filter((value) => value instanceof tf.Tensor)),
  (model) => model.tokenize(['dog']),
  async (model) => model.namedParameters(),
  (model, folder) => model.save(join(folder, 'saved'), { overwrite: true }),
  (model) => model.dispose(),
];

/** A model under random calls, some of them at the same time. */
export async function useEncoder({ random, folder }: Given): Promise<void> {
  const before = held();
  const model = await SparseEncoder.load(MODEL);
  const running: Promise<unknown>[] = [];
  for (let call = 0; call < CALLS; call++) {
    running.push(random.pick(METHODS)(model, folder));
    if (random.below(2) === 0) await Promise.allSettled(running);
  }
  for (const outcome of await Promise.allSettled(running)) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof UsageError)) throw outcome.reason;
  }
  await model.dispose();
  const after = held();
  if (after.join() !== before.join())
    throw new Error(`tensors, variables, sessions: ${before.join()} before, ${after.join()} after`);
}
