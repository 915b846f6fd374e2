import { describe, expect, it } from 'vitest';
import { withEngine } from '../../engine/set-engine.js';
import type { Module } from '../../modules/module.js';
import { Parameters } from '../../modules/parameters.js';
import { seededRandom } from '../../random.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { encoderOf } from '../../testing/exports.js';
import { tf } from '../../tf.js';
import { nudged, nudgedEmbedder } from './nudged-embedder.js';

const TEXTS = ['bacteria', 'how do vaccines work'];

describe('nudged', () => {
  it('moves each number to the float above or below', () => {
    const values = Float32Array.from({ length: 1000 }, (_, index) => Math.sin(index + 1) * 10 ** (index % 9));
    const given = values.slice();
    const moved = nudged(values, seededRandom(0));
    expect(values).toEqual(given);
    const bits = new Int32Array(values.buffer);
    const steps = new Int32Array(moved.buffer).map((each, index) => each - (bits[index] as number));
    expect(new Set(steps)).toEqual(new Set([-1, 1]));
    expect(Math.abs(steps.reduce((sum, step) => sum + step, 0))).toBeLessThan(150);
    expect(nudged(values, seededRandom(0))).toEqual(moved);
  });

  it('leaves zeros and what is not finite, and makes nothing infinite', () => {
    const largest = (2 - 2 ** -23) * 2 ** 127;
    const values = Float32Array.of(0, -0, NaN, Infinity, -Infinity, largest, -largest);
    expect(nudged(values, { below: () => 1 })).toEqual(values);
  });
});

describe('nudgedEmbedder', () => {
  interface State {
    readonly dataIds: readonly object[];
    readonly values: readonly unknown[];
    readonly tensors: number;
  }

  /** Everything that could change of an encoder's parameters. */
  async function stateOf(variables: readonly tf.Variable[]): Promise<State> {
    const values = await Promise.all(variables.map(async (each) => (await each.data()).slice()));
    return { dataIds: variables.map(({ dataId }) => dataId), values, tensors: tf.memory().numTensors };
  }

  /** What a function made of an encoder on the cpu engine, and the parameters before and after. */
  async function around<T>(
    run: (encoder: Awaited<ReturnType<typeof encoderOf>>) => Promise<T>,
  ): Promise<{ result: T; before: State; after: State }> {
    return await withEngine('cpu', async () => {
      const encoder = await encoderOf('splade-bert');
      const variables = encoder.namedParameters().map(([, variable]) => variable);
      const before = await stateOf(variables);
      const result = await run(encoder);
      return { result, before, after: await stateOf(variables) };
    });
  }

  function expectSame(before: State, after: State): void {
    expect(after.values).toEqual(before.values);
    expect(after.tensors).toBe(before.tensors);
    for (const [index, dataId] of before.dataIds.entries()) expect(after.dataIds[index]).toBe(dataId);
  }

  it('differs from the encoder by rounding only, and no other call notices', async () => {
    const { result, before, after } = await around(async (encoder) => {
      const expected = await encoder.encode(TEXTS);
      const embedder = await nudgedEmbedder(encoder.modules);
      const other = encoder.withEmbedder(embedder);
      const all = await Promise.all([other.encode(TEXTS), encoder.encode(TEXTS), other.encode(TEXTS)]);
      await embedder.dispose();
      return [expected, ...all];
    });
    const [expected, found, meanwhile, again] = result as [
      SparseMatrix,
      SparseMatrix,
      SparseMatrix,
      SparseMatrix,
    ];
    expect(meanwhile).toEqual(expected);
    expect(again).toEqual(found);
    expect(found.indices).toEqual(expected.indices);
    const apart = expected.values.map((value, index) => Math.abs(value - (found.values[index] as number)));
    expect(Math.max(...apart)).toBeGreaterThan(0);
    expect(Math.max(...apart)).toBeLessThan(1e-4);
    expectSame(before, after);
  });

  it('leaves the parameters as they were where a module throws', async () => {
    const { before, after } = await around(async (encoder) => {
      const [transformer, pooling] = encoder.modules as [Module, Module];
      const failing: Module = {
        kind: pooling.kind,
        parameters: pooling.parameters,
        config: () => pooling.config(),
        forward: () => {
          throw new RangeError('no pooling');
        },
      };
      const embedder = await nudgedEmbedder([transformer, failing]);
      await expect(encoder.withEmbedder(embedder).encode(TEXTS)).rejects.toThrow('no pooling');
      await embedder.dispose();
    });
    expectSame(before, after);
  });

  it('keeps no copies where a parameter cannot be read', async () => {
    const { before, after } = await around(async (encoder) => {
      const [transformer, pooling] = encoder.modules as [Module, Module];
      const gone = tf.tidy(() => tf.variable(tf.tensor1d([1])));
      gone.dispose();
      const broken = Object.assign(Object.create(pooling) as Module, {
        parameters: new Parameters(new Map([['gone', gone]])),
      });
      await expect(nudgedEmbedder([transformer, broken])).rejects.toThrow(/disposed/);
    });
    expectSame(before, after);
  });
});
