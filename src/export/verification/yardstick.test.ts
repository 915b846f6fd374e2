// @module-tag slow
import { describe, expect, it } from 'vitest';
import { withEngine } from '../../engine/set-engine.js';
import { encoderOf, exported } from '../../testing/exports.js';
import { FLOOR_ULPS, TOLERANCE } from './compare.js';
import { verifyOnnx } from './verify-onnx.js';

const FLOOR = TOLERANCE * FLOOR_ULPS * 2 ** -23;

describe('the allowed error', () => {
  // Sums in one order have no spread, and what is right may be further from them than the floor: splade-modernbert is.
  it.each([
    ['splade-electra', 0],
    ['splade-modernbert', FLOOR],
  ] as const)('lets %s be exported on the cpu engine', async (model, atLeast) => {
    const { certificate } = await withEngine('cpu', () => exported(model, { format: 'dense' }));
    const [agreement] = certificate.files.map((file) => file.agreement);
    expect(certificate.verdict).toBe('passed');
    expect(agreement?.worstError).toBeGreaterThan(atLeast);
    expect(agreement?.allowedError).toBeLessThan(10 * FLOOR);
  });

  it.each([
    ['onnx', 'splade-bert', 1],
    ['cpu', 'splade-bert', 3],
    ['cpu', 'csr', 1],
  ] as const)('on the engine %s of %s is at most the floor times %d', async (engine, model, most) => {
    const { folder } = await exported(model, { format: 'dense' });
    const { files } = await withEngine(engine, async () => verifyOnnx(folder, await encoderOf(model)));
    expect(files.map(({ agreement }) => (agreement?.allowedError as number) / FLOOR <= most)).toEqual([true]);
  });
});
