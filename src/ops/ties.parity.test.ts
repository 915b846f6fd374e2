import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../parity/package-root.js';
import { findReferencePython } from '../../parity/python/environment.js';
import { ENGINES } from '../engine-names.js';
import { setEngine } from '../engine/set-engine.js';
import { max } from './max.js';
import { maximum } from './maximum.js';
import { topK } from './top-k.js';

const python = findReferencePython();
const program = join(packageRoot(), 'parity', 'reference', 'ties.py');

type Rows = number[][];
type Case =
  | { op: 'max'; axis: number; inputs: [Rows] }
  | { op: 'maximum'; inputs: [Rows, Rows] }
  | { op: 'topk'; k: number; inputs: [Rows] };

// Few values, so that most rows have ties.
const entry = fc.constantFrom(-2, 0, 1, 1.5);
const rows = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))
  .chain(([n, d]) =>
    fc.array(fc.array(entry, { minLength: d, maxLength: d }), { minLength: n, maxLength: n }),
  );
const distinct = fc
  .uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 8 })
  .map((values): Rows => [values]);

const cases: fc.Arbitrary<Case> = fc.oneof(
  fc.record({ op: fc.constant('max' as const), axis: fc.constantFrom(0, 1), inputs: fc.tuple(rows) }),
  rows.chain((a) =>
    fc.record({
      op: fc.constant('maximum' as const),
      inputs: fc.tuple(fc.constant(a), fc.constant(a.map((row) => row.toReversed()))),
    }),
  ),
  // Which of equal elements PyTorch's topk takes is not fixed.
  fc.record({ op: fc.constant('topk' as const), k: fc.constantFrom(1, 3), inputs: fc.tuple(distinct) }),
);

async function ours(one: Case): Promise<number[][]> {
  const inputs = one.inputs.map((values) => tf.tensor2d(values));
  const gradients = tf.grads((...given) => {
    const [a, b] = given as [tf.Tensor2D, tf.Tensor2D];
    const value =
      one.op === 'max' ? max(a, one.axis) : one.op === 'topk' ? topK(a, one.k).values : maximum(a, b);
    return value.mul(tf.range(1, value.size + 1).reshape(value.shape)).sum();
  })(inputs);
  const found = await Promise.all(gradients.map(async (gradient) => [...(await gradient.data())]));
  tf.dispose([inputs, gradients]);
  return found;
}

const ready = await Promise.all(
  ENGINES.map((name) =>
    setEngine(name).then(
      () => [name],
      () => [],
    ),
  ),
);

describe.runIf(python !== undefined)('gradients at ties are those of PyTorch', () => {
  const sample = fc.sample(cases, { numRuns: 150, seed: 20261124 });
  let theirs: number[][][] = [];

  beforeAll(() => {
    const { stdout, stderr } = spawnSync(python ?? '', [program], {
      input: JSON.stringify(sample),
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    theirs = JSON.parse(stdout) as number[][][];
  });

  it.each(ready.flat())('on the %s engine', async (engine) => {
    await setEngine(engine);
    for (const [index, one] of sample.entries()) {
      expect({ one, gradients: await ours(one) }).toEqual({ one, gradients: theirs[index] });
    }
  });
});
