import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect, test } from 'vitest';
import { sharedRuntime } from '../runtime/runtime.js';
import { setEngine } from '../set-engine.js';
import { compile } from './compile.js';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

beforeEach(async () => {
  await setEngine('onnx');
  tf.disposeVariables();
});

interface Held {
  tensors: number;
  buffers: number;
  dataIds: number;
  sessions: number;
  idleBytes: number;
}

function held(): Held {
  const { numTensors, numDataBuffers } = tf.memory();
  return {
    tensors: numTensors,
    buffers: numDataBuffers,
    dataIds: tf.backend().numDataIds(),
    sessions: sharedRuntime().sessions.size,
    idleBytes: sharedRuntime().pool.idleBytes,
  };
}

/** MiB of JavaScript's heap and of arrays outside of it. */
async function mebibytes(): Promise<number> {
  // Node counts an array as freed only some time after its owner is freed.
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

/** How much more is held after the last calls than after the first ones. */
async function growth(
  rounds: number,
  call: (round: number) => Promise<void>,
): Promise<Held & { mebibytes: number }> {
  const warm = Math.min(50, rounds / 4);
  for (let round = 0; round < warm; round++) await call(round);
  const [before, memory] = [held(), await mebibytes()];
  for (let round = warm; round < rounds; round++) await call(round);
  const after = held();
  return {
    tensors: after.tensors - before.tensors,
    buffers: after.buffers - before.buffers,
    dataIds: after.dataIds - before.dataIds,
    sessions: after.sessions - before.sessions,
    idleBytes: after.idleBytes - before.idleBytes,
    // Less than 4 is code compiled in between, and the like.
    mebibytes: Math.max(0, Math.floor(((await mebibytes()) - memory) / 4)),
  };
}

const NONE = { tensors: 0, buffers: 0, dataIds: 0, sessions: 0, idleBytes: 0, mebibytes: 0 };

const ROWS = 16;
const FEATURES = 256;
const OUTPUTS = 80;

/** Weights large enough for their arrays to be reused. */
const weights = (): tf.Variable => tf.variable(tf.ones([FEATURES, OUTPUTS]));

test(
  'a thousand calls of a compiled step hold no more memory than the first ones',
  { timeout: 60_000 },
  async () => {
    const weight = weights();
    const optimizer = tf.train.adam(0.01);
    const step = compile(
      (x: tf.Tensor2D) => {
        const loss = (): tf.Scalar =>
          x
            .matMul(weight as tf.Tensor as tf.Tensor2D)
            .square()
            .mean();
        const cost = optimizer.minimize(loss, true, [weight]) as tf.Scalar;
        const { value, grads } = tf.variableGrads(loss, [weight]);
        weight.assign(weight.sub((grads[weight.name] as tf.Tensor).mul(0.01)));
        const inputs = tf.valueAndGrads((y: tf.Tensor) => (y as tf.Tensor2D).matMul(weight).sum())([x]);
        return { cost, value, gradient: inputs.grads[0] as tf.Tensor };
      },
      { name: 'step' },
    );
    const grown = await growth(1000, async (round) => {
      const x = tf.tensor(new Float32Array(ROWS * FEATURES).fill(1 / (round + 1)), [
        ROWS,
        FEATURES,
      ]) as tf.Tensor2D;
      const { cost, value, gradient } = await step(x);
      if (round % 100 === 0) await cost.data();
      tf.dispose([x, cost, value, gradient]);
    });
    expect(grown).toEqual(NONE);
  },
);

test('calls that are not awaited one by one hold no more memory either', async () => {
  const weight = weights();
  const step = compile(
    (x: tf.Tensor) => {
      weight.assign(weight.mul(0.5).add(x));
      return weight.neg();
    },
    { name: 'step' },
  );
  const grown = await growth(100, async (round) => {
    const x = tf.tensor(new Float32Array(FEATURES * OUTPUTS).fill(round), [FEATURES, OUTPUTS]);
    const pending = [step(x), step(x), step(x)];
    x.dispose();
    tf.dispose(await Promise.all(pending));
  });
  expect(grown).toEqual(NONE);
});

test(
  'a loop of 400 steps that reads each loss has one program of constant length',
  { timeout: 60_000 },
  async () => {
    const weight = weights();
    const optimizer = tf.train.momentum(0.01, 0.9);
    let loss = Number.POSITIVE_INFINITY;
    const grown = await growth(400, async () => {
      const cost = tf.tidy(
        () =>
          optimizer.minimize(
            () =>
              tf
                .ones<tf.Rank.R2>([ROWS, FEATURES])
                .matMul(weight as tf.Tensor as tf.Tensor2D)
                .square()
                .mean(),
            true,
            [weight],
          ) as tf.Scalar,
      );
      [loss = 0] = await cost.data();
      cost.dispose();
    });
    expect(grown).toEqual(NONE);
    expect(loss).toBeLessThan(1);
  },
);

test('a loop that reads nothing is one program of all its steps, run at the end', async () => {
  const weight = tf.variable(tf.tensor1d([1, 2]));
  const steps = 300;
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => weight.assign(weight.mul(0.99).add(0.01)));
  }
  const before = held();
  const found = await weight.data();
  expect(found[1]).toBeCloseTo(1 + 0.99 ** steps, 5);
  expect(held()).toEqual({ ...before, sessions: before.sessions + 1 });
});

test('signatures beyond the limit of sessions are released', async () => {
  const size = compile((x: tf.Tensor) => x.sum(), { name: 'size' });
  for (let length = 1; length <= 80; length++) {
    const x = tf.ones([length]);
    const result = await size(x);
    expect((await result.data())[0]).toBe(length);
    tf.dispose([x, result]);
  }
  expect(sharedRuntime().sessions.size).toBe(64);
  const again = await size(tf.ones([1]));
  expect((await again.data())[0]).toBe(1);
});
