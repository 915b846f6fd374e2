import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomMatrix } from '../testing/matrices.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { AdamW } from './adamw.js';

const program = fileURLToPath(new URL('../../parity/reference/adamw.py', import.meta.url));

const STEPS = 10;
// A single element, part of a vector, a whole number of vectors, and more than a block.
const LENGTHS = [1, 7, 64, 20_001];
const TOTAL = LENGTHS.reduce((sum, length) => sum + length);

/** Values with magnitudes from 1e-4 to 1, some of them 0. */
function draw(seed: number): Float32Array {
  const [values = [], exponents = []] = randomMatrix(seed, 2, TOTAL);
  return Float32Array.from(values, (x, i) => (i % 13 === 5 ? 0 : x * 10 ** (-2 + (exponents[i] ?? 0))));
}

function split(values: Float32Array): Float32Array[] {
  let end = 0;
  return LENGTHS.map((length) => values.subarray(end, (end += length)));
}

const join = (parts: readonly Float32Array[]): Float32Array =>
  Float32Array.from(parts.flatMap((part) => [...part]));

/** The distance in units of the last place of the larger of two numbers: the value, and the update that made it. */
const apart = (x: number, y: number): number =>
  Math.abs(x - y) / (2 ** -23 * Math.max(Math.abs(y), OPTIONS.learningRate));

const OPTIONS = { learningRate: 1e-2, betas: [0.8, 0.99], epsilon: 1e-6, weightDecay: 0.1 } as const;
const SECOND_GROUP = { learningRate: 3e-3, weightDecay: 0 };

const VARIANTS = [
  { name: 'with its defaults', fused: false, maxGradientNorm: null },
  { name: "as the reference's trainer makes it", fused: true, maxGradientNorm: null },
  { name: 'with a gradient that is always clipped', fused: true, maxGradientNorm: 0.5 },
  { name: 'with a limit above the norm of every gradient', fused: false, maxGradientNorm: 1e6 },
];

/** The reference's parameters after each step of each variant, concatenated. */
async function theirs(values: readonly Float32Array[]): Promise<Float32Array> {
  const request = {
    lengths: LENGTHS,
    variants: VARIANTS,
    options: {
      lr: OPTIONS.learningRate,
      betas: OPTIONS.betas,
      eps: OPTIONS.epsilon,
      weight_decay: OPTIONS.weightDecay,
    },
    groups: [
      { indices: [0, 1], options: {} },
      {
        indices: [2, 3],
        options: { lr: SECOND_GROUP.learningRate, weight_decay: SECOND_GROUP.weightDecay },
      },
    ],
  };
  const output = await runInReference(
    { path: program },
    {
      args: [JSON.stringify(request)],
      input: Buffer.concat(values.map(({ buffer }) => Buffer.from(buffer))),
    },
  );
  return new Float32Array(Uint8Array.from(output).buffer);
}

describe.runIf(HAS_REFERENCE)('AdamW beside torch.optim.AdamW', () => {
  const initial = draw(1);
  const gradients = Array.from({ length: STEPS }, (_, step) => draw(2 + step));
  let reference: Float32Array;

  beforeAll(async () => {
    reference = await theirs([initial, ...gradients]);
  }, LIVE_TIME);

  it.each(VARIANTS)('has the same parameters after each of ten steps, $name', ({ name, maxGradientNorm }) => {
    const parts = split(initial);
    const optimizer = new AdamW(
      [{ parameters: parts.slice(0, 2) }, { parameters: parts.slice(2), ...SECOND_GROUP }],
      { ...OPTIONS, maxGradientNorm },
    );
    const variant = VARIANTS.findIndex((each) => each.name === name);
    gradients.forEach((gradient, step) => {
      optimizer.step(split(gradient));
      const begin = (variant * STEPS + step) * TOTAL;
      const expected = reference.subarray(begin, begin + TOTAL);
      const worst = join(optimizer.parameters).reduce(
        (most, x, i) => Math.max(most, apart(x, expected[i] ?? NaN)),
        0,
      );
      expect(worst).toBeLessThan(6);
      expect(expected).not.toEqual(initial);
    });
  });
});
