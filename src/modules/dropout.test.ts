import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import { readyEngines } from '../testing/ready-engines.js';
import { seededDropout, type SeededDropout } from './dropout.js';

const ready = await readyEngines();

afterAll(() => setEngine('onnx'));

const ones = (...shape: number[]): tf.Tensor => tf.ones(shape);

/** Masks of successive calls with the same shape: 1 where an element was kept. */
async function masks(
  dropout: SeededDropout,
  count: number,
  shape: number[],
  rate: number,
): Promise<number[][]> {
  const drawn = tf.tidy(() => Array.from({ length: count }, () => dropout.apply(ones(...shape), rate)));
  const found = await Promise.all(
    drawn.map(async (each) => Array.from(await each.data(), (x) => Number(x !== 0))),
  );
  tf.dispose(drawn);
  return found;
}

/** The distance from the expected count, in standard deviations of independent draws. */
function deviations(hits: number, draws: number, probability: number): number {
  return Math.abs(hits - draws * probability) / Math.sqrt(draws * probability * (1 - probability));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
const both = (a: readonly number[], b: readonly number[]): number => sum(a.map((x, i) => x * (b[i] ?? 0)));

describe.each(ready)('dropout on the %s engine', (engine) => {
  it('leaves what it keeps divided by 1 - rate', async () => {
    await setEngine(engine);
    const dropped = tf.tidy(() => seededDropout(1).apply(ones(50, 40).mul(3), 0.25));
    expect(new Set(await dropped.data())).toEqual(new Set([0, 4]));
  });

  it('passes gradients through what it kept', async () => {
    await setEngine(engine);
    const dropout = seededDropout(2);
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => dropout.apply(x, 0.4))(ones(30, 20));
    expect([...(await grad.data())]).toEqual([...(await value.data())]);
  });

  it('draws what the other engines draw', async () => {
    await setEngine(engine);
    const here = await masks(seededDropout(5), 3, [4, 3, 7, 7], 0.3);
    await setEngine('cpu');
    expect(here).toEqual(await masks(seededDropout(5), 3, [4, 3, 7, 7], 0.3));
  });

  it('draws anew in each call, and again where it is set back', async () => {
    await setEngine(engine);
    const dropout = seededDropout(7);
    const draw = async (): Promise<string> => (await masks(dropout, 1, [8, 8], 0.5)).join();
    const first = await draw();
    const restore = dropout.capture();
    const second = await draw();
    const next = await draw();
    expect(new Set([first, second, next]).size).toBe(3);
    restore();
    expect(await draw()).toBe(second);
    dropout.position = 0;
    expect(await draw()).toBe(first);
    expect(dropout.position).toBe(1);
    const resumed = seededDropout(7);
    resumed.position = 2;
    expect((await masks(resumed, 1, [8, 8], 0.5)).join()).toBe(next);
  });

  it('is the identity at rate 0, and draws nothing for it', async () => {
    await setEngine(engine);
    const [dropout, other] = [seededDropout(3), seededDropout(3)];
    const x = ones(4, 4);
    expect(dropout.apply(x, 0)).toBe(x);
    expect(await masks(dropout, 1, [9, 9], 0.5)).toEqual(await masks(other, 1, [9, 9], 0.5));
  });
});

describe('masks look independent', () => {
  // More than 4.5 standard deviations occur once in 150,000 draws.
  const MOST = 4.5;

  it.each([0.1, 0.5, 0.9])('in how many elements are kept at rate %d', async (rate) => {
    await setEngine('cpu');
    for (const seed of [0, 1, 2, 42]) {
      const drawn = await masks(seededDropout(seed), 4, [128, 96], rate);
      for (const mask of drawn) expect(deviations(sum(mask), mask.length, 1 - rate)).toBeLessThan(MOST);
    }
  });

  it('between rows, between columns, and within them', async () => {
    await setEngine('cpu');
    const [rows, columns] = [256, 256];
    const [mask = []] = await masks(seededDropout(11), 1, [rows, columns], 0.5);
    const row = (at: number): number[] => mask.slice(at * columns, (at + 1) * columns);
    const column = (at: number): number[] => row(0).map((_, i) => mask[i * columns + at] ?? 0);
    let worst = 0;
    for (let a = 0; a < rows; a++) {
      for (const step of [1, 2, 3, 16, 128]) {
        const b = (a + step) % rows;
        worst = Math.max(worst, deviations(both(row(a), row(b)), columns, 0.25));
        worst = Math.max(worst, deviations(both(column(a), column(b)), rows, 0.25));
      }
      worst = Math.max(worst, deviations(sum(row(a)), columns, 0.5), deviations(sum(column(a)), rows, 0.5));
    }
    expect(worst).toBeLessThan(MOST);
  });

  it('in the four corners of rectangles, whose rows and columns share their bits', async () => {
    await setEngine('cpu');
    const size = 256;
    const [mask = []] = await masks(seededDropout(12), 1, [size, size], 0.5);
    const sign = (row: number, column: number): number => 2 * (mask[row * size + column] ?? 0) - 1;
    for (const [height, width] of [
      [1, 1],
      [2, 7],
      [64, 128],
    ] as const) {
      let even = 0;
      const draws = (size - height) * (size - width);
      for (let r = 0; r < size - height; r++) {
        for (let c = 0; c < size - width; c++) {
          const product = sign(r, c) * sign(r + height, c) * sign(r, c + width) * sign(r + height, c + width);
          even += Number(product > 0);
        }
      }
      expect(deviations(even, draws, 0.5)).toBeLessThan(MOST);
    }
  });

  it('between calls and seeds that follow each other', async () => {
    await setEngine('cpu');
    const shape = [96, 96];
    const calls = await masks(seededDropout(0), 11, shape, 0.5);
    const seeds = await Promise.all(
      [1, 2, 3, 4, 5].map(async (seed) => await masks(seededDropout(seed), 1, shape, 0.5)),
    );
    const all = [...calls, ...seeds.flat()];
    all.forEach((a, i) => {
      for (const b of all.slice(i + 1)) expect(deviations(both(a, b), a.length, 0.25)).toBeLessThan(MOST);
    });
  });
});

describe('a compiled function with dropout', () => {
  const twice =
    (dropout: SeededDropout) =>
    (x: tf.Tensor): tf.Tensor =>
      dropout.apply(dropout.apply(x, 0.2).add(1), 0.5);
  const SIZES = [
    [2, 5],
    [3, 8],
    [3, 8],
    [1, 1],
    [3, 8],
  ] as const;

  async function drawn(run: (x: tf.Tensor) => tf.Tensor | Promise<tf.Tensor>): Promise<number[][]> {
    const found: number[][] = [];
    for (const [batch, length] of SIZES) {
      found.push([...(await (await run(ones(batch, length, 4))).data())]);
    }
    return found;
  }

  it.each([
    ['of its own for each size', undefined, 3],
    ['for every size', [['batch', 'length', null]], 5],
  ] as const)(
    'draws in each call what it would draw without compile, with a program %s',
    async (_, dimensions, most) => {
      await setEngine('cpu');
      const plain = seededDropout(9);
      const expected = await drawn(twice(plain));
      await setEngine('onnx');
      expect(await drawn(twice(seededDropout(9)))).toEqual(expected);
      const dropout = seededDropout(9);
      let recordings = 0;
      const counted = (x: tf.Tensor): tf.Tensor => {
        recordings++;
        return twice(dropout)(x);
      };
      const run = compile(counted, { name: 'drop', ...(dimensions && { dimensions }) });
      const found = await drawn(run);
      expect(found).toEqual(expected);
      expect(new Set([found[1], found[2], found[4]].map(String)).size).toBe(3);
      expect(recordings).toBe(most);
      expect([plain.position, dropout.position]).toEqual([10, 10]);
      await run.dispose();
    },
  );

  it('goes on from where eager draws ended, and from where it is set', async () => {
    await setEngine('onnx');
    const [dropout, plain] = [seededDropout(3), seededDropout(3)];
    const x = ones(6, 6);
    const run = compile(twice(dropout), { name: 'drop' });
    const numbers = async (tensor: tf.Tensor | Promise<tf.Tensor>): Promise<number[]> => [
      ...(await (await tensor).data()),
    ];
    for (let round = 0; round < 2; round++) {
      expect(await numbers(run(x))).toEqual(await numbers(twice(plain)(x)));
      expect(await numbers(twice(dropout)(x))).toEqual(await numbers(twice(plain)(x)));
    }
    dropout.position = plain.position = 1;
    expect(await numbers(run(x))).toEqual(await numbers(twice(plain)(x)));
    await run.dispose();
  });

  it('draws the same again where the function brings a captured state back', async () => {
    await setEngine('onnx');
    const dropout = seededDropout(3);
    const run = compile(
      (x: tf.Tensor) => {
        const restore = dropout.capture();
        const first = dropout.apply(x, 0.5);
        restore();
        return [first, dropout.apply(x, 0.5), dropout.apply(x, 0.5)];
      },
      { name: 'replay' },
    );
    const rounds: string[][] = [];
    for (let round = 0; round < 2; round++) {
      const results = await run(ones(9, 9));
      rounds.push(await Promise.all(results.map(async (each) => (await each.data()).join())));
    }
    const [[a, again, b] = [], [c] = []] = rounds;
    expect(again).toBe(a);
    expect(new Set([a, b, c]).size).toBe(3);
    expect(dropout.position).toBe(4);
    await run.dispose();
  });

  it('begins where it is told to at each call', async () => {
    await setEngine('onnx');
    const dropout = seededDropout(3);
    const run = compile(
      (x: tf.Tensor) => {
        dropout.position = 5;
        return dropout.apply(x, 0.5);
      },
      { name: 'always the same' },
    );
    const found = new Set<string>();
    for (let round = 0; round < 3; round++) found.add((await (await run(ones(9, 9))).data()).join());
    expect(found.size).toBe(1);
    await run.dispose();
  });
});
