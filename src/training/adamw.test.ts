import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { randomMatrix } from '../testing/matrices.js';
import { AdamW, type AdamWState } from './adamw.js';
import type { AdamWOptions } from './optimizer-options.js';

const values = (seed: number, length: number): Float32Array =>
  Float32Array.from(randomMatrix(seed, 1, length)[0] ?? []);

const near = (numbers: number[], digits: number): unknown[] =>
  numbers.map((x): unknown => expect.closeTo(x, digits));

/** The formulas in float64, for one parameter with a constant gradient. */
function plain(p: number, g: number, steps: number, options: Required<AdamWOptions>): number {
  const { learningRate, epsilon, weightDecay } = options;
  const [beta1, beta2] = options.betas;
  let [m, v, x] = [0, 0, p];
  for (let t = 1; t <= steps; t++) {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    x -= learningRate * weightDecay * x;
    x -= (learningRate * (m / (1 - beta1 ** t))) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
  }
  return x;
}

describe('AdamW', () => {
  it.each([
    { learningRate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01, maxGradientNorm: null },
    { learningRate: 0.1, betas: [0, 0.5], epsilon: 0.5, weightDecay: 0, maxGradientNorm: null },
  ] as const)('follows its formulas for every element at any length: %o', (options) => {
    for (const length of [1, 3, 4, 5, 16_383, 16_384, 16_385, 40_001]) {
      const [initial, gradient] = [values(length, length), values(length + 1, length)];
      const optimizer = new AdamW([initial], options);
      for (let step = 0; step < 3; step++) optimizer.step([gradient]);
      const worst = initial.reduce((most, p, i) => {
        const expected = plain(p, gradient[i] ?? NaN, 3, options);
        return Math.max(most, Math.abs(expected - (optimizer.parameters[0]?.[i] ?? NaN)));
      }, 0);
      expect(worst).toBeLessThan(4e-7);
    }
  });

  it('has the defaults of PyTorch', () => {
    const [initial, gradient] = [values(1, 50), values(2, 50)];
    const explicit = { learningRate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 } as const;
    const [a, b] = [new AdamW([initial]), new AdamW([initial], explicit)];
    for (const each of [a, b]) each.step([gradient]);
    expect(a.parameters).toEqual(b.parameters);
    expect(a.parameters[0]).not.toEqual(initial);
  });

  it('updates the same memory at every step, and does not change the given arrays', () => {
    const [initial, gradient] = [values(3, 10), values(4, 10)];
    const copies = [initial.slice(), gradient.slice()];
    const optimizer = new AdamW([initial], { maxGradientNorm: 0.1 });
    const [view] = optimizer.parameters;
    expect(view).toEqual(initial);
    const seen = [view?.slice()];
    for (let step = 0; step < 2; step++) {
      optimizer.step([gradient]);
      expect(optimizer.parameters[0]).toBe(view);
      expect(seen).not.toContainEqual(view);
      seen.push(view?.slice());
    }
    expect([initial, gradient]).toEqual(copies);
    expect(optimizer.steps).toBe(2);
  });

  it('keeps parameters apart that lie side by side', () => {
    const lengths = [3, 1, 6];
    const parameters = lengths.map((length, i) => values(i + 1, length));
    const gradients = lengths.map((length, i) => values(i + 10, length));
    const together = new AdamW(parameters);
    together.step(gradients);
    parameters.forEach((parameter, i) => {
      const alone = new AdamW([parameter]);
      alone.step([gradients[i] as Float32Array]);
      expect(together.parameters[i]).toEqual(alone.parameters[0]);
    });
  });

  it('gives each group its own weight decay and learning rate, which schedules may change', () => {
    const parameter = values(5, 8);
    const zero = new Float32Array(8);
    const optimizer = new AdamW(
      [
        { parameters: [parameter] },
        { parameters: [parameter], weightDecay: 0 },
        { parameters: [parameter], learningRate: 0.2 },
      ],
      { learningRate: 0.1, weightDecay: 0.5 },
    );
    // Without a gradient, only weight decay moves a parameter.
    optimizer.step([zero, zero, zero]);
    const first = parameter[0] ?? NaN;
    const firsts = (): number[] => optimizer.parameters.map((view) => (view[0] ?? NaN) / first);
    expect(firsts()).toEqual(near([0.95, 1, 0.9], 6));
    for (const group of optimizer.groups) group.learningRate = 0;
    optimizer.step([zero, zero, zero]);
    expect(firsts()).toEqual(near([0.95, 1, 0.9], 6));
  });

  it('limits the norm of all gradients together, and returns the norm before', () => {
    const parameters = [new Float32Array(2), new Float32Array(3)];
    const gradients = [Float32Array.of(3, 0), Float32Array.of(0, 4, 0)];
    // With beta1 = beta2 = 0 and a large epsilon the update is nearly the gradient.
    const options = { learningRate: 1, betas: [0, 0], epsilon: 1e4, weightDecay: 0 } as const;
    const moved = (maxGradientNorm: number | null): [number | undefined, number[]] => {
      const optimizer = new AdamW(parameters, { ...options, maxGradientNorm });
      const norm = optimizer.step(gradients);
      return [norm, optimizer.parameters.flatMap((view) => [...view].map((x) => -1e4 * x))];
    };
    expect(moved(null)).toEqual([undefined, near([3, 0, 0, 4, 0], 2)]);
    expect(moved(5.1)).toEqual([5, near([3, 0, 0, 4, 0], 2)]);
    expect(moved(2.5)).toEqual([5, near([1.5, 0, 0, 2, 0], 2)]);
  });

  it('adds up the norm in float64, over blocks and lanes', () => {
    const gradient = new Float32Array(100_001).fill(1e-3);
    gradient[100_000] = 1;
    const norm = new AdamW([gradient], { maxGradientNorm: 1 }).step([gradient]);
    expect(norm).toBeCloseTo(Math.sqrt(1 + 100_000 * Math.fround(1e-3) ** 2), 12);
  });

  it('passes NaN and infinity on from a gradient, as PyTorch does', () => {
    const gradients = [Float32Array.of(NaN, 1), Float32Array.of(1)];
    const touched = (maxGradientNorm: number | null): boolean[] => {
      const optimizer = new AdamW([new Float32Array(2), new Float32Array(1)], { maxGradientNorm });
      optimizer.step(gradients);
      return optimizer.parameters.flatMap((view) => [...view].map((x) => Number.isNaN(x)));
    };
    expect(touched(null)).toEqual([true, false, false]);
    expect(touched(1)).toEqual([true, true, true]);
  });

  it('continues from the state of another optimizer exactly as that optimizer would', () => {
    const lengths = [3, 40_001];
    const initial = lengths.map((length, i) => values(i + 1, length));
    const gradients = lengths.map((length, i) => values(i + 10, length));
    const first = new AdamW(initial);
    for (let step = 0; step < 3; step++) first.step(gradients);
    const second = new AdamW(first.parameters);
    second.load(structuredClone(first.state()));
    expect(second.state()).toEqual(first.state());
    for (const optimizer of [first, second]) optimizer.step(gradients);
    expect(second.steps).toBe(4);
    expect(second.parameters).toEqual(first.parameters);
    expect(second.state()).toEqual(first.state());
  });

  it('rejects the state of other parameters before it changes anything', () => {
    const optimizer = new AdamW([values(1, 4), values(2, 5)]);
    optimizer.step([values(3, 4), values(4, 5)]);
    const before = optimizer.state();
    const [first, second] = before.moments;
    const moments = [first, { ...second, second: new Float32Array(4) }];
    expect(() => optimizer.load({ steps: 7, moments } as AdamWState)).toThrow(
      'AdamW.load: second moment 1 has 4 elements; expected 5',
    );
    expect(() => optimizer.load({ steps: 7, moments: [] })).toThrow(
      'AdamW.load got moments of 0 parameters; expected 2',
    );
    expect(() => optimizer.load({ ...before, steps: -1 })).toThrow(InputError);
    expect(optimizer.state()).toEqual(before);
  });

  it('rejects gradients of other parameters before it changes anything', () => {
    const optimizer = new AdamW([values(1, 4), values(2, 5)]);
    const before = optimizer.parameters.map((view) => view.slice());
    expect(() => optimizer.step([new Float32Array(4)])).toThrow(
      'AdamW.step got 1 gradients; expected 2, one for each parameter',
    );
    expect(() => optimizer.step([new Float32Array(4), new Float32Array(4)])).toThrow(
      'AdamW.step: gradient 1 has 4 elements; its parameter has 5',
    );
    expect(optimizer.parameters).toEqual(before);
    expect(optimizer.steps).toBe(0);
  });

  it.each([
    [{ learningRate: -1 }, 'AdamW: learningRate is -1; expected a number of at least 0'],
    [{ learningRate: NaN }, 'AdamW: learningRate is NaN; expected a number of at least 0'],
    [{ weightDecay: -0.1 }, 'AdamW: weightDecay is -0.1; expected a number of at least 0'],
    [{ betas: [0.9, 1] as const }, 'AdamW: betas is [0.9, 1]; expected two numbers from 0 to below 1'],
    [{ epsilon: -1 }, 'AdamW: epsilon is -1; expected a number of at least 0'],
    [{ maxGradientNorm: 0 }, 'AdamW: maxGradientNorm is 0; expected a number above 0, or null'],
  ])('refuses %o', (options, message) => {
    expect(() => new AdamW([values(1, 4)], options)).toThrow(message);
  });

  it('says how many parameters fit', () => {
    const large = Object.create(Float32Array.prototype, { length: { value: 400_000_000 } }) as Float32Array;
    expect(() => new AdamW([large])).toThrow('one optimizer holds 4095 MiB, which is 357 million parameters');
  });
});
