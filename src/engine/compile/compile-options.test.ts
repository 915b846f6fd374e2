import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../errors.js';
import { setEngine } from '../set-engine.js';
import { compile } from './compile.js';

const double = (x: tf.Tensor): tf.Tensor => x.mul(2);

describe('options of compile', () => {
  it('may be left out; the program has the name of its function', async () => {
    await setEngine('onnx');
    const compiled = compile(double);
    const input = tf.tensor1d([1, 2]);
    expect([...(await (await compiled(input)).data())]).toEqual([2, 4]);
    expect(compiled.explain().toString()).toMatch(/^double: /);
    input.dispose();
    await expect(compiled(input)).rejects.toThrow('argument [0] of double is a disposed tensor');
    await compiled.dispose();
  });

  it.each<[string, object]>([
    ['compile has no option "dimension"; did you mean "dimensions"?', { dimension: [] }],
    ['compile: name is 3; expected a string', { name: 3 }],
    [
      "expected a list with a row for each tensor, as [['batch', 'length'], ['batch', null]]",
      { dimensions: [{ inputIds: ['batch', 'length'] }] },
    ],
    ['compile: stateful is [1]; expected a list of objects', { stateful: [1] }],
    ['compile: check is "yes"; expected true or false', { check: 'yes' }],
  ])('%s', (message, options) => {
    expect(() => compile(double, options)).toThrow(OptionError);
    expect(() => compile(double, options)).toThrow(message);
  });
});
