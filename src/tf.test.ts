// @module-tag slow
import * as users from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { builtHref, loadedBy, printedWithLoaded } from './testing/loaded-packages.js';
import { packageEntries } from './testing/package-entries.js';
import { tf } from './tf.js';

const href = (entry: string): string => JSON.stringify(builtHref(entry));
const OURS = `const ours = { ...await import(${href('src/index.ts')}), ...await import(${href('src/api/losses.ts')}) };`;
const USERS = `const tf = await import('@tensorflow/tfjs');`;

describe('the tfjs of the package', () => {
  it("is the user's own", () => {
    expect(tf.Tensor).toBe(users.Tensor);
    expect(tf.engine()).toBe(users.engine());
    const { default: _, ...rest } = users as Record<string, unknown>;
    expect({ ...tf }).toMatchObject(rest);
  });

  it.each([...packageEntries()])('is not loaded by %s, nor is any other large package', (_, entry) => {
    expect(loadedBy(entry)).toEqual([]);
  });

  it.each(['@tensorflow/tfjs', 'onnxruntime-node', 'tokenizers'])(
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
