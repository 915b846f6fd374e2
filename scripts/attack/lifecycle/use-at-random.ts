import { readdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { sharedRuntime } from '../../../src/engine/runtime/runtime.js';
import { setEngine } from '../../../src/engine/set-engine.js';
import { UsageError } from '../../../src/index.js';
import type { Given } from '../attack.js';
import type { Subject } from './subjects.js';

const CALLS = 8;

const held = (): string =>
  [
    tf.memory().numTensors,
    Object.keys(tf.engine().state.registeredVariables).length,
    sharedRuntime().sessions.size,
  ].join(', ');

/** An attempt: random calls on an object, some of them concurrent, one of which may dispose it. */
export function useAtRandom<T>({ open, calls, dispose }: Subject<T>): (given: Given) => Promise<void> {
  return async ({ random, folder }) => {
    await setEngine('onnx');
    const before = held();
    const subject = await open(folder);
    const running: Promise<unknown>[] = [];
    for (let call = 0; call < CALLS; call++) {
      const chosen = random.pick(calls);
      running.push((async () => chosen(subject, folder))());
      if (random.below(2) === 0) await Promise.allSettled(running);
    }
    for (const outcome of await Promise.allSettled(running)) {
      if (outcome.status === 'rejected' && !(outcome.reason instanceof UsageError)) throw outcome.reason;
    }
    await dispose(subject);
    const after = held();
    if (after !== before) throw new Error(`tensors, variables, sessions: ${before} before, ${after} after`);
    const left = readdirSync(folder).filter((name) => !['saved', 'exported', 'index'].includes(name));
    if (left.length > 0) throw new Error(`files were left: ${left.join(', ')}`);
  };
}
