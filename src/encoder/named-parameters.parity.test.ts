import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MODELS } from '../testing/files/damaged-model.js';
import { HAS_REFERENCE, LIVE_TIME, liveReference } from '../testing/python/live-reference.js';
import { decaysWeights } from '../training/decay.js';
import { SparseEncoder } from './sparse-encoder.js';

/** transformers splits the fused matrices of GTE when it loads them, and does not know `new` without the hub's code. */
const OTHERWISE_THERE = ['splade-gte', 'splade-new'];
const FIXTURES = readdirSync(MODELS, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && !OTHERWISE_THERE.includes(entry.name) ? [entry.name] : [],
);

type Listed = readonly [name: string, shape: readonly number[], trainable: boolean, decays: boolean];

describe.runIf(HAS_REFERENCE)('namedParameters beside named_parameters', () => {
  const reference = liveReference();

  it.each(FIXTURES)(
    'has its names, shapes, flags and groups of weight decay, in its order: %s',
    async (name) => {
      const folder = join(MODELS, name);
      const { meta } = await reference.call('models.parameters', { meta: { folder }, tensors: {} });
      const theirs = (meta as unknown as { parameters: readonly Listed[] }).parameters;
      const encoder = await SparseEncoder.load(folder);
      const ours = encoder
        .namedParameters()
        .map(([each, { shape, trainable }]): Listed => [each, shape, trainable, decaysWeights(each)]);
      await encoder.dispose();
      expect(theirs.length).toBeGreaterThan(0);
      expect(ours).toEqual(theirs);
    },
    LIVE_TIME,
  );

  it(
    'has as many numbers under names of the file where the reference splits matrices: splade-gte',
    async () => {
      const folder = join(MODELS, 'splade-gte');
      const { meta } = await reference.call('models.parameters', { meta: { folder }, tensors: {} });
      const theirs = (meta as unknown as { parameters: readonly Listed[] }).parameters;
      const encoder = await SparseEncoder.load(folder);
      const ours = encoder.namedParameters();
      await encoder.dispose();
      const size = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);
      const sum = (sizes: readonly number[]): number => sizes.reduce((total, each) => total + each, 0);
      expect(sum(ours.map(([, { shape }]) => size(shape)))).toBe(sum(theirs.map(([, shape]) => size(shape))));
      expect(theirs.map(([name]) => name)).toContain('0.model.gte.layers.0.self_attn.q_proj.weight');
      expect(ours.map(([name]) => name)).toContain('0.model.gte.encoder.layer.0.attention.qkv_proj.weight');
    },
    LIVE_TIME,
  );

  it(
    'stands alone where the reference does not open the folder: splade-new',
    async () => {
      const message = { meta: { folder: join(MODELS, 'splade-new') }, tensors: {} };
      await expect(reference.call('models.parameters', message)).rejects.toThrow(/trust_remote_code/);
    },
    LIVE_TIME,
  );
});
