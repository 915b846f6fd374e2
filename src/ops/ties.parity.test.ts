import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { packageRoot } from '../package-root.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { readyEngines } from '../testing/ready-engines.js';
import { max } from './max.js';

const program = join(packageRoot(), 'parity', 'reference', 'ties.py');

type Rows = number[][];
interface Case {
  readonly axis: number;
  readonly input: Rows;
}

// Few values, so that most rows have ties.
const entry = fc.constantFrom(-2, 0, 1, 1.5);
const rows = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))
  .chain(([n, d]) =>
    fc.array(fc.array(entry, { minLength: d, maxLength: d }), { minLength: n, maxLength: n }),
  );
const cases: fc.Arbitrary<Case> = fc.record({ axis: fc.constantFrom(0, 1), input: rows });

async function ours({ axis, input }: Case): Promise<number[]> {
  const x = tf.tensor2d(input);
  const gradient = tf.grad((given) => {
    const value = max(given, axis);
    return value.mul(tf.range(1, value.size + 1).reshape(value.shape)).sum();
  })(x);
  const found = [...(await gradient.data())];
  tf.dispose([x, gradient]);
  return found;
}

const ready = await readyEngines();

describe.runIf(HAS_REFERENCE)('gradients at ties are those of PyTorch', () => {
  const sample = fc.sample(cases, { numRuns: 150, seed: 20261124 });
  let theirs: number[][] = [];

  beforeAll(async () => {
    const answer = await runInReference({ path: program }, { input: JSON.stringify(sample) });
    theirs = JSON.parse(answer.toString()) as number[][];
  }, LIVE_TIME);

  it.each(ready)('on the %s engine', async (engine) => {
    await setEngine(engine);
    for (const [index, one] of sample.entries()) {
      expect({ one, gradient: await ours(one) }).toEqual({ one, gradient: theirs[index] });
    }
  });
});
