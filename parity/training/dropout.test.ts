// @module-tag slow
import { expect, it } from 'vitest';
import { setEngine, setWarningHandler } from '../../src/index.js';
import { DROPOUT } from './dropout.js';

it('dropout in training is right, and every wrong variant is noticed', async () => {
  setWarningHandler(() => undefined);
  await setEngine('onnx', { threads: 1 });
  const { result, survivors } = await DROPOUT.judge();
  expect(result.failures).toEqual([]);
  expect(DROPOUT.mutants.length).toBeGreaterThan(6);
  expect(await survivors(DROPOUT.mutants)).toEqual([]);
});
