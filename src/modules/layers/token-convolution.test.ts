import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { tokenConvolution } from './token-convolution.js';

beforeAll(() => setEngine('cpu'));

it.each([
  [1, 3],
  [2, 5],
  [4, 1],
])('a convolution over tokens in %d groups, of size %d', async (groups, size) => {
  const [texts, length, from, to] = [2, 4, 8, 12];
  const x: tf.Tensor3D = tf.randomNormal([texts, length, from], 0, 1, 'float32', 1);
  const weight: tf.Tensor3D = tf.randomNormal([to, from / groups, size], 0, 1, 'float32', 2);
  const bias: tf.Tensor1D = tf.randomNormal([to], 0, 1, 'float32', 3);
  const found = await tokenConvolution(x, weight, bias, groups).array();
  const [inputs, kernel, offsets] = [await x.array(), await weight.array(), await bias.array()];
  for (let text = 0; text < texts; text++) {
    for (let place = 0; place < length; place++) {
      for (let channel = 0; channel < to; channel++) {
        const first = Math.floor(channel / (to / groups)) * (from / groups);
        let sum = offsets[channel] ?? NaN;
        for (let own = 0; own < from / groups; own++) {
          for (let at = 0; at < size; at++) {
            const value = inputs[text]?.[place + at - (size - 1) / 2]?.[first + own] ?? 0;
            sum += value * (kernel[channel]?.[own]?.[at] ?? NaN);
          }
        }
        expect(found[text * length + place]?.[channel]).toBeCloseTo(sum, 4);
      }
    }
  }
});
