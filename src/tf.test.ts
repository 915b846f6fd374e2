// @module-tag slow
import * as users from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { loadedBy, printedWithLoaded } from './testing/loaded-packages.js';
import { tf } from './tf.js';

const OURS = `const ours = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});`;
const USERS = `const tf = await import('@tensorflow/tfjs');`;

describe('the tfjs of the package', () => {
  it("is the user's own", () => {
    expect(tf.Tensor).toBe(users.Tensor);
    expect(tf.engine()).toBe(users.engine());
  });

  it('is not loaded by an import of the package, nor is any other large package', () => {
    expect(loadedBy('index.ts')).toEqual([]);
  });

  it.each(['@tensorflow/tfjs', 'onnxruntime-node', 'tokenizers', 'cli-progress'])(
    'would be seen if it were loaded: %s',
    (name) => {
      expect(loadedBy(name)).toContain(name);
    },
  );

  it.each([
    ['before the package', USERS + OURS],
    ['after the package', OURS + USERS],
  ])("is the user's in a process that imports it %s", (_, imports) => {
    const printed = printedWithLoaded(`${imports}
      const known = () => tf.findBackendFactory('onnx') !== null;
      const before = known();
      await ours.setEngine('onnx');
      const similarity = ours.cosSim(tf.tensor2d([[1, 0]]), tf.tensor2d([[0.5, 0.5]]));
      console.log(JSON.stringify({
        known: [before, known()],
        backend: tf.getBackend(),
        isTensor: similarity instanceof tf.Tensor,
        thousandths: Math.round((await similarity.data())[0] * 1000),
      }));`);
    expect(printed).toEqual({ known: [false, true], backend: 'onnx', isTensor: true, thousandths: 707 });
  });
});
