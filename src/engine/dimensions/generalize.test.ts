import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeModel } from '../../onnx/read.js';
import { INPUT_DIMENSIONS, programInputs, rowPrograms } from '../../testing/row-programs.js';
import { encode, tokens, transformerWeights, type Weights } from '../../testing/tiny-transformer.js';
import { compile } from '../compile/compile.js';
import type { DimensionNames } from '../compile/structure.js';
import { resolveEngineOptions } from '../runtime/engine-options.js';
import { sharedRuntime } from '../runtime/runtime.js';
import { setEngine } from '../set-engine.js';

type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor[];

const plain = (): Promise<void> =>
  sharedRuntime().configure(resolveEngineOptions({ threads: 1, tileElements: 0 }));

beforeAll(() => setEngine('onnx'));
beforeEach(plain);
afterAll(() => setEngine('onnx', {}));

interface Plain {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

async function plainOf(results: readonly tf.Tensor[]): Promise<Plain[]> {
  const found = await Promise.all(
    results.map(async (result) => ({
      shape: result.shape,
      // -0 is 0.
      values: Array.from(await result.data(), (element) => element + 0),
    })),
  );
  tf.dispose([...results]);
  return found;
}

/** Results at each of these inputs: of a function recorded for every size, and of one recorded for that size alone. */
async function both(
  fn: TensorFunction,
  dimensions: DimensionNames,
  calls: readonly tf.Tensor[][],
): Promise<{ general: Plain[][]; fixed: Plain[][] }> {
  const forEverySize = compile(fn, { name: 'general', dimensions });
  const general: Plain[][] = [];
  const fixed: Plain[][] = [];
  for (const inputs of calls) {
    general.push(await plainOf(await forEverySize(...inputs)));
    const forThisSize = compile(fn, { name: 'fixed' });
    fixed.push(await plainOf(await forThisSize(...inputs)));
    await forThisSize.dispose();
  }
  await forEverySize.dispose();
  return { general, fixed };
}

/** Smaller numbers are what rounding leaves of numbers around 1. */
const SMALLEST_SCALE = 0.01;

/** The largest difference relative to the largest number of each tensor; infinite if shapes differ. */
function distance(found: readonly Plain[], expected: readonly Plain[]): number {
  const shapesOf = (results: readonly Plain[]): string => JSON.stringify(results.map(({ shape }) => shape));
  if (shapesOf(found) !== shapesOf(expected)) return Infinity;
  const apart = expected.flatMap(({ values }, at) => {
    const scale = Math.max(SMALLEST_SCALE, ...values.map(Math.abs));
    return values.map((value, index) => Math.abs(value - (found[at]?.values[index] ?? NaN)) / scale);
  });
  return Math.max(0, ...apart);
}

const sizes = fc.record({
  rows: fc.constantFrom(1, 2, 3, 8),
  others: fc.constantFrom(1, 2, 5),
  width: fc.constantFrom(2, 3, 6),
});
const numbers = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 40, maxLength: 80 });

describe('a function with named dimensions', () => {
  it('gives at every size the same bits as a recording at that size', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowPrograms('exact'),
        fc.array(sizes, { minLength: 2, maxLength: 3 }),
        numbers,
        async (program, all, list) => {
          const calls = all.map((size) =>
            programInputs(size, (index) => list[index % list.length] as number),
          );
          const { general, fixed } = await both((...given) => program.run(given), INPUT_DIMENSIONS, calls);
          expect(general).toEqual(fixed);
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('gives the gradients of all kinds of operations', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowPrograms('smooth'),
        fc.array(sizes, { minLength: 2, maxLength: 2 }),
        numbers,
        async (program, all, list) => {
          const calls = all.map((size) =>
            programInputs(size, (index) => (list[index % list.length] as number) / 4 + index / 512),
          );
          const total = (...given: tf.Tensor[]): tf.Scalar =>
            tf.addN(
              [...program.run(given), ...given.map((x) => tf.square(x))].map((x) => tf.mean<tf.Scalar>(x)),
            );
          const { general, fixed } = await both(
            (...given) => {
              const { value, grads } = tf.valueAndGrads(total)(given);
              return [value, ...grads];
            },
            INPUT_DIMENSIONS,
            calls,
          );
          expect(distance(general.flat(), fixed.flat())).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 40, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('runs a transformer and its gradients for every batch and length in one session', async () => {
    const weights = transformerWeights(3);
    const names = Object.keys(weights);
    const step = (ids: tf.Tensor, mask: tf.Tensor): tf.Tensor[] => {
      const loss = (...given: tf.Tensor[]): tf.Scalar => {
        const own: Weights = Object.fromEntries(names.map((name, at) => [name, given[at] as tf.Tensor]));
        return tf.mean(tf.square(encode(own, ids as tf.Tensor2D, mask as tf.Tensor2D)));
      };
      const { value, grads } = tf.valueAndGrads(loss)(Object.values(weights));
      return [encode(weights, ids as tf.Tensor2D, mask as tf.Tensor2D), value, ...grads];
    };
    const dimensions = [
      ['batch', 'length'],
      ['batch', 'length'],
    ];
    const compiled = compile(step, { name: 'transformer', dimensions });
    for (const [batch, length] of [
      [4, 9],
      [1, 1],
      [1, 5],
      [3, 1],
      [2, 17],
    ] as const) {
      const inputs = tokens(batch, length);
      const general = await plainOf(await compiled(...inputs));
      const fixed = compile(step, { name: 'fixed' });
      expect(distance(general, await plainOf(await fixed(...inputs)))).toBeLessThan(2e-5);
      await fixed.dispose();
      expect(sharedRuntime().sessions.size).toBe(1);
    }
    const { graph } = decodeModel(compiled.model());
    expect(graph.inputs.map(({ dims }) => dims)).toEqual([
      ['batch', 'length'],
      ['batch', 'length'],
    ]);
    expect(graph.outputs[0]?.dims).toEqual(['batch', 19]);
    expect(compiled.explain().largest[0]?.shape).toEqual([2, 2, 17, 17]);
    await compiled.dispose();
  });

  it('computes whatever constants its sizes make', async () => {
    const constants: TensorFunction = (x) => {
      const input = x as tf.Tensor2D;
      const [batch, length] = input.shape;
      const [column, matrix]: [[number], [number, number]] = [[length], [batch, 3]];
      return [
        tf.mean(input),
        tf.range(0, length),
        tf.range(2, 2 + 3 * batch, 3, 'int32'),
        tf.ones([batch, 2 * length]),
        tf.fill(column, batch),
        tf.fill(matrix, 1 / length),
        tf.mul(input, 0.5 * length),
        tf.div(input, batch * length),
        tf.eye(batch),
        tf.oneHot(tf.range(0, batch, 1, 'int32'), batch + 1),
        tf.slice(input, [0, 0], [batch, length - 1]),
        tf.reshape(tf.slice(input, [0, 1], [batch, length - 1]), [batch * (length - 1)]),
        tf.concat([tf.reshape(input, [batch * length]), tf.ones([length])]),
        tf.scalar(1 / (batch * (length - 1))),
        tf.tensor1d([batch, length, 7]),
        tf.tensor2d([
          [batch, 1],
          [2, length],
        ]),
        tf.pad(input, [
          [0, 1],
          [2, 0],
        ]),
        tf.tile(input, [2, 1]),
        tf.cast(tf.linalg.bandPart(tf.ones([3, 3]), -1, 0), 'bool'),
      ];
    };
    const calls = [
      [3, 4],
      [1, 2],
      [12, 7],
    ].map((shape) => [tf.range(0, (shape[0] as number) * (shape[1] as number)).reshape(shape)]);
    const { general, fixed } = await both(constants, [['batch', 'length']], calls);
    expect(distance(general.flat(), fixed.flat())).toBeLessThan(1e-6);
  });

  it('names the dimensions of its results', async () => {
    const compiled = compile(
      (x: tf.Tensor2D) => {
        const [batch, length] = x.shape;
        return [
          x,
          tf.sum(x, 0),
          x.reshape([batch * length, 1]),
          tf.concat([x, x], 1),
          x.slice([0, 0], [batch, length - 1]),
          tf.ones([2, 3]),
        ];
      },
      { name: 'shapes', dimensions: [['batch', 'length']] },
    );
    await compiled(tf.ones([2, 3]));
    expect(decodeModel(compiled.model()).graph.outputs.map(({ dims }) => dims)).toEqual([
      ['batch', 'length'],
      ['length'],
      ['batch*length', 1],
      ['batch', '2*length'],
      ['batch', 'length-1'],
      [2, 3],
    ]);
  });

  it('is recorded at other sizes if it rejects small ones, or treats one of them specially', async () => {
    const calls = [[tf.ones([2, 3])], [tf.ones([4, 1])]];
    const takesMany = (x: tf.Tensor): tf.Tensor[] => {
      if (x.shape[0] === 15) return [tf.exp(x)];
      return [tf.add(x, x.shape[1] as number)];
    };
    const { general, fixed } = await both(takesMany, [['batch', 'length']], calls);
    expect(general).toEqual(fixed);
  });
});
