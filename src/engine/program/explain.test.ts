import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../compile/compile.js';
import { setEngine } from '../set-engine.js';

beforeAll(() => setEngine('onnx', { threads: 1, tileElements: 0 }));
afterAll(() => setEngine('onnx', {}));

describe('explain', () => {
  it('counts nodes, parameters and bytes of a program as by hand', async () => {
    const weight = tf.variable(tf.ones([8, 16]), true, 'explained');
    const layer = compile(
      (x: tf.Tensor2D) => {
        const product = tf.matMul(x, weight);
        const mask = tf.greater(product, 0);
        return tf.sum(tf.where(mask, product, tf.neg(product)), 1);
      },
      { name: 'layer' },
    );
    await layer(tf.ones([4, 8]));
    const { name, nodes, parameters, largest, peakBytes } = layer.explain();
    expect(name).toBe('layer');
    // MatMul, Greater, Neg, Where, ReduceSum.
    expect(nodes).toBe(5);
    expect(parameters).toBe(8 * 16);
    const found = largest.map(({ op, type, bytes, shape }) => [op, type, bytes, shape]);
    expect(found).toHaveLength(4);
    // Equal sizes stand in program order.
    expect(found.slice(0, 3)).toEqual(
      expect.arrayContaining([
        ['MatMul', 'float32', 4 * 16 * 4, [4, 16]],
        ['Neg', 'float32', 4 * 16 * 4, [4, 16]],
        ['Where', 'float32', 4 * 16 * 4, [4, 16]],
      ]),
    );
    expect(found[3]).toEqual(['Greater', 'bool', 4 * 16, [4, 16]]);
    // While Where runs, memory holds the argument, the variable, the product, the mask, the negative and the result.
    expect(peakBytes).toBe(4 * (4 * 8 + 8 * 16) + 3 * (4 * 16 * 4) + 4 * 16);
    weight.dispose();
  });

  it('counts the memory behind a view once, and views not at all', async () => {
    const program = compile(
      (x: tf.Tensor) => {
        const grown = tf.exp(x);
        const flat = tf.reshape(grown, [12]);
        return tf.add(tf.neg(tf.abs(flat)), flat);
      },
      { name: 'views' },
    );
    await program(tf.ones([3, 4]));
    const { largest, peakBytes } = program.explain();
    expect(largest.map(({ op }) => op).toSorted()).toEqual(['Abs', 'Exp', 'Neg']);
    // The argument, Exp through its reshape, and two tensors of the chain at a time.
    expect(peakBytes).toBe(4 * 12 * 4);
  });

  it('counts an argument once that is read in tiles and in phases', async () => {
    await setEngine('onnx', { threads: 1, tileElements: 8 });
    const program = compile(
      (x: tf.Tensor) => {
        const mean = tf.mean(tf.sum(tf.abs(x), 1));
        return tf.sum(tf.exp(tf.sub(x, mean)), 1);
      },
      { name: 'phases' },
    );
    await program(tf.ones([4, 8]));
    const { parameters, peakBytes, largest } = program.explain();
    expect(parameters).toBe(0);
    expect(largest[0]?.bytes).toBe(8 * 4);
    expect(peakBytes).toBeGreaterThan(4 * 32);
    expect(peakBytes).toBeLessThan(4 * 32 * 2);
    await setEngine('onnx', { threads: 1, tileElements: 0 });
  });

  it('says where the largest tensors come from', async () => {
    const program = compile((x: tf.Tensor) => tf.sum(tf.exp(x)), { name: 'words' });
    await program(tf.ones([16, 16]));
    const lines = program.explain().toString().split('\n');
    expect(lines[0]).toBe('words: 2 nodes, 0 parameters, at most 2.0 KiB in use at once.');
    expect(lines[1]).toBe('Largest intermediate tensors:');
    expect(lines[2]).toMatch(
      /^ {2}1\.0 KiB {2}float32\[16, 16\] {2}Exp, kernel Exp of op exp, called at .*explain\.test\.[jt]s:\d+/,
    );
  });

  it('uses the sizes of the last call if dimensions are named', async () => {
    const program = compile((x: tf.Tensor) => tf.sum(tf.exp(x)), {
      name: 'named',
      dimensions: [['batch', null]],
    });
    for (const batch of [2, 7]) {
      await program(tf.ones([batch, 3]));
      const { largest, peakBytes } = program.explain();
      expect(largest[0]?.shape).toEqual([batch, 3]);
      // The argument, the result of Exp, and the sum.
      expect(peakBytes).toBe(2 * batch * 3 * 4 + 4);
    }
  });
});
