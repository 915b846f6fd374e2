// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setWarningHandler, SparseCosineSimilarityLoss } from '../../api/losses.js';
import { exampleEmbeddings, LOSS_EXAMPLES } from '../../testing/every-loss.js';
import { passThroughModel } from '../../testing/models.js';
import { INPUT_DIMENSIONS, programInputs, rowPrograms } from '../../testing/row-programs.js';
import { compile } from '../compile/compile.js';
import { Value } from '../graph.js';
import { add } from '../ops/elementwise.js';
import { resolveEngineOptions } from '../runtime/engine-options.js';
import { sharedRuntime } from '../runtime/runtime.js';
import { setEngine } from '../set-engine.js';
import { lower } from './lower.js';

type Tensors = readonly tf.Tensor[];

beforeAll(() => setEngine('onnx'));
afterAll(() => setEngine('onnx', {}));

/** The results of a function whose programs use this tile size. */
async function resultsOf(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: Tensors,
  tileElements: number,
  graphOptimizationLevel: 'disabled' | 'all' = 'disabled',
): Promise<Float32Array[]> {
  await sharedRuntime().configure(resolveEngineOptions({ threads: 1, tileElements, graphOptimizationLevel }));
  const compiled = compile(fn, { name: 'program' });
  const results = await compiled(...inputs);
  const elements = await Promise.all(
    results.map(async (result) => ((await result.data()) as Float32Array).map(unsigned)),
  );
  tf.dispose(results);
  return elements;
}

/** -0 becomes 0: the sign of a sum of zeros depends on its first term. */
const unsigned = (element: number): number => element + 0;

/** Smaller numbers are what rounding leaves of numbers around 1. */
const SMALLEST_SCALE = 0.01;

/** The largest difference of two tensors, relative to the largest number among them. */
function deviation(a: Float32Array, b: Float32Array): number {
  const scale = a.reduce((most, element) => Math.max(most, Math.abs(element)), SMALLEST_SCALE);
  return a.reduce((most, element, at) => Math.max(most, Math.abs(element - (b[at] ?? NaN))), 0) / scale;
}

const sizes = fc.record({
  rows: fc.constantFrom(1, 2, 3, 7, 8, 13),
  others: fc.constantFrom(1, 3, 5, 7),
  width: fc.integer({ min: 2, max: 9 }),
});
const tileElements = fc.constantFrom(1, 4, 8, 20);
/** Small whole numbers, as many as needed. */
const numbers = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 40, maxLength: 80 });

/** The sum of all results of a program, and its gradients. Squares make it depend on every input. */
function withGradients(run: (inputs: Tensors) => tf.Tensor[]): (...inputs: tf.Tensor[]) => tf.Tensor[] {
  return (...inputs) => {
    const total = (...given: tf.Tensor[]): tf.Scalar =>
      tf.addN([...run(given), ...given.map((x) => tf.square(x))].map((x) => tf.sum<tf.Scalar>(x)));
    const { value, grads } = tf.valueAndGrads(total)(inputs);
    return [value, ...grads];
  };
}

describe('tile', () => {
  it('writes every tile of an output whose rows are all the same', async () => {
    const repeatedRow = (x: tf.Tensor): tf.Tensor[] => [
      x.sin().add(x).sum(1),
      x.mean(0).expandDims(0).tile([8, 1]),
      x.mean(0).add(tf.zeros([8, 3])),
    ];
    const inputs = [tf.range(0, 24).reshape([8, 3])];
    const [, tiled, added] = await resultsOf(repeatedRow, inputs, 6);
    const row = [10.5, 11.5, 12.5];
    expect([tiled, added].map((rows) => [...(rows ?? [])])).toEqual(
      [1, 2].map(() => Array.from({ length: 8 }, () => row).flat()),
    );
  });

  it('changes no bit of programs on whole numbers, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowPrograms('exact'),
        sizes,
        tileElements,
        numbers,
        async (program, size, tile, list) => {
          const inputs = programInputs(size, (index) => list[index % list.length] as number);
          const run = (...given: tf.Tensor[]): tf.Tensor[] => program.run(given);
          expect(await resultsOf(run, inputs, tile)).toEqual(await resultsOf(run, inputs, 0));
        },
      ),
      { numRuns: 150, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('keeps values and gradients of all kinds of operations, as ONNX Runtime rewrites them', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowPrograms('smooth'),
        sizes,
        tileElements,
        numbers,
        async (program, size, tile, list) => {
          const inputs = programInputs(
            size,
            (index) => (list[index % list.length] as number) / 4 + index / 512,
          );
          const run = withGradients(program.run);
          const expected = await resultsOf(run, inputs, 0, 'all');
          const found = await resultsOf(run, inputs, tile, 'all');
          expect(found.length).toBe(INPUT_DIMENSIONS.length + 1);
          for (const [at, tensor] of found.entries()) {
            expect(deviation(expected[at] as Float32Array, tensor)).toBeLessThan(1e-5);
          }
        },
      ),
      { numRuns: 100, interruptAfterTimeLimit: 60_000 },
    );
  });
});

describe('a tiled program', () => {
  const tiled = (size: number): Promise<void> => setEngine('onnx', { threads: 1, tileElements: size });

  it('keeps no full-size intermediate of a loss and its gradients', async () => {
    await tiled(2 ** 12);
    const loss = new SparseCosineSimilarityLoss(passThroughModel());
    const labels = tf.linspace(0, 1, 64);
    const step = compile(
      (a: tf.Tensor2D, b: tf.Tensor2D, scores: tf.Tensor) =>
        tf.valueAndGrads((...columns: tf.Tensor[]) =>
          loss.computeLossFromEmbeddings(columns as tf.Tensor2D[], scores),
        )([a, b]),
      { name: 'cosine' },
    );
    await step(tf.ones([64, 4096]), tf.ones([64, 4096]), labels);
    const [largest] = step.explain().largest;
    expect(largest?.bytes).toBe(4096 * 4);
  });

  it('splits each output of a chain into tiles', async () => {
    await tiled(8);
    const work = (x: tf.Tensor): tf.Tensor[] => [tf.exp(x.neg()).add(1), x.sum(1)];
    const chain = compile(work, { name: 'chain' });
    const [grown, sums] = (await chain(tf.range(0, 20).reshape([5, 4]))) as [tf.Tensor2D, tf.Tensor1D];
    expect(await sums.array()).toEqual([6, 22, 38, 54, 70]);
    expect((await grown.array())[4]?.[3]).toBeCloseTo(1, 6);
    // Three tiles of at most two rows: Neg, Exp, Add and the sum of each tile, and a Concat of the sums.
    expect(chain.explain().nodes).toBe(3 * 4 + 1);
    await tiled(0);
    const whole = compile(work, { name: 'chain' });
    await whole(tf.range(0, 20).reshape([5, 4]));
    expect(whole.explain().nodes).toBe(4);
  });

  it('leaves tensors smaller than two tiles alone', async () => {
    await tiled(8);
    const chain = compile((x: tf.Tensor) => tf.exp(x.neg()).add(1), { name: 'chain' });
    await chain(tf.ones([3, 5]));
    expect(chain.explain().nodes).toBe(3);
    await chain(tf.ones([4, 4]));
    expect(chain.explain().nodes).toBe(2 * 3);
  });

  it('handles programs of any length', () => {
    const long = new Value('float32', [4, 4], { kind: 'placeholder', name: 'x' });
    let end = long;
    for (let step = 0; step < 30_000; step++) end = add(end, long);
    const { model } = lower([end], { isInput: () => true, tileElements: 8 });
    expect(model.graph.nodes.length).toBe(2 * 30_000);
  });
});

describe('losses in tiles', () => {
  let restore: ReturnType<typeof setWarningHandler>;
  beforeAll(() => {
    restore = setWarningHandler(() => undefined);
  });
  afterAll(() => setWarningHandler(restore));

  it.each(LOSS_EXAMPLES.map((example) => [example.name, example] as const))(
    '%s and its gradients stay what they are',
    async (_, example) => {
      const run = (...inputs: tf.Tensor[]): tf.Tensor[] => {
        const labels = example.labels?.();
        const { value, grads } = tf.valueAndGrads((...columns: tf.Tensor[]) => {
          const loss = example.compute(columns as tf.Tensor2D[], labels);
          return loss instanceof tf.Tensor ? loss : tf.addN(Object.values(loss));
        })(inputs);
        return [value, ...grads];
      };
      const inputs = exampleEmbeddings(example);
      const expected = await resultsOf(run, inputs, 0);
      const found = await resultsOf(run, inputs, 4);
      expect(expected.flatMap((tensor) => [...tensor]).some((element) => element !== 0)).toBe(true);
      for (const [at, tensor] of found.entries()) {
        expect(deviation(expected[at] as Float32Array, tensor)).toBeLessThan(1e-6);
      }
    },
  );
});
