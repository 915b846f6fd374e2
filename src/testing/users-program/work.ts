import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import { leavesOf } from '../../encoder/module-tree.js';
import type { SparseEncoder } from '../../index.js';

interface Done {
  readonly backends: (string | null)[];
  rounds: number;
  readonly faults: string[];
}

const backendInUse = (): string | null => tf.engine().backendName ?? null;

/**
 * Simulates a user who computes with tfjs at the same time, in every turn of the event loop, until it is stopped. The work
 * uses variables, gradients, synchronous reads, a kernel that the onnx engine lacks, and a parameter of the model.
 *
 * @param looksOnly whether the user's code computes nothing and only checks which backend is in use
 */
export function startWork(looksOnly: boolean, model: SparseEncoder | undefined): { stop(): Promise<Done> } {
  const done: Done = { backends: [], rounds: 0, faults: [] };
  const stopping = new AbortController();
  const variable = looksOnly ? undefined : tf.variable(tf.tensor1d([1, 2, 3]));
  const parameter = model && leavesOf(model.modules)[0]?.module.parameters.entries()[0]?.[1];
  const first = parameter?.dataSync()[0];

  const round = (): void => {
    const name = backendInUse();
    if (done.backends.at(-1) !== name) done.backends.push(name);
    done.rounds++;
    // Reading alone does not move a parameter to another backend. An operation does, in every second round.
    if (parameter !== undefined && !parameter.isDisposed) {
      expectEqual([parameter.dataSync()[0]], [first]);
      if (variable && done.rounds % 2 === 0) {
        expectEqual([tf.tidy(() => parameter.mul(2).dataSync())[0]], [2 * (first as number)]);
      }
    }
    if (variable) compute(variable);
  };

  const working = (async () => {
    do {
      try {
        round();
      } catch (error) {
        done.faults.push(String(error));
      }
      await setImmediate();
    } while (!stopping.signal.aborted);
  })();

  return {
    stop: async () => {
      // One more round runs after the call.
      await setImmediate();
      stopping.abort();
      await working;
      variable?.dispose();
      return done;
    },
  };
}

function compute(variable: tf.Variable): void {
  const numbers = tf.memory().numTensors;
  expectEqual(
    tf.tidy(() => variable.mul(2).add(1).dataSync()),
    [3, 5, 7],
  );
  const { value, grads } = tf.variableGrads(() => variable.square().sum().asScalar(), [variable]);
  expectEqual([...value.dataSync(), ...(Object.values(grads)[0]?.dataSync() ?? [])], [14, 2, 4, 6]);
  tf.dispose([value, grads]);
  expectEqual(
    tf.tidy(() => tf.avgPool(tf.ones<tf.Rank.R3>([2, 2, 1]), 2, 2, 'valid').dataSync()),
    [1],
  );
  expectEqual([tf.memory().numTensors], [numbers]);
}

function expectEqual(found: ArrayLike<number | undefined>, expected: ArrayLike<number | undefined>): void {
  const [a, b] = [Array.from(found).join(), Array.from(expected).join()];
  if (a !== b) throw new Error(`found ${a}; expected ${b}`);
}
