import { afterAll, describe, expect, it } from 'vitest';
import { endSharedReference, HAS_REFERENCE, LIVE_TIME } from '../src/testing/python/live-reference.js';
import type { tf } from '../src/tf.js';
import { matrix, sameAs, scalar } from './functions/input-spec.js';
import { huber } from './functions/testing/example-targets.js';
import { stopPython, toMatchPython } from './vitest.js';

expect.extend({ toMatchPython });

const inputs = {
  input: matrix({ rows: [1, 4], columns: [1, 8] }),
  target: sameAs<tf.Tensor2D>('input'),
  delta: scalar({ min: 0.5, max: 2 }),
};
const reference = 'torch.nn.functional:huber_loss';

describe.runIf(HAS_REFERENCE)('toMatchPython', { timeout: LIVE_TIME }, () => {
  // Other tests of this process start a Python of their own.
  afterAll(stopPython);

  it('passes if every case is equal', async () => {
    await endSharedReference();
    await expect(huber).toMatchPython(reference, { inputs, gradients: true, cases: 12 });
  });

  it('fails with the smallest case, its inputs and the probable cause', async () => {
    const wrong = (given: Parameters<typeof huber>[0]): tf.Tensor => huber(given).mul(given.delta);
    const failure = expect(wrong).toMatchPython(reference, { inputs, gradients: true, cases: 12 });
    await expect(failure).rejects.toThrow(
      /huber_loss differs from its reference in \d+ of \d+ cases[^]*input = float32 \[1, 1\][^]*delta = [^]*likely cause: a factor delta is too much/,
    );
  });

  it('does not pass if the reference computes nothing', async () => {
    const negative = { ...inputs, delta: scalar({ min: -2, max: -1 }) };
    const refuses = (): tf.Tensor => {
      throw new RangeError('delta');
    };
    await expect(expect(refuses).toMatchPython(reference, { inputs: negative, cases: 4 })).rejects.toThrow(
      'huber_loss: torch.nn.functional:huber_loss computed no case: RuntimeError',
    );
  });

  it('names an unknown option', async () => {
    const wrong = { inputs, gradient: true } as unknown as { inputs: typeof inputs };
    await expect(expect(huber).toMatchPython(reference, wrong)).rejects.toThrow(
      'toMatchPython has "gradient", which is unknown; did you mean "gradients"?',
    );
  });
});
