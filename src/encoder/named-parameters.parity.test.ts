import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Reference, startReference } from '../../parity/python/bridge.js';
import { findReferencePython } from '../../parity/python/environment.js';
import { setEngine } from '../engine/set-engine.js';
import { MODELS } from '../testing/files/damaged-model.js';
import { setWarningHandler } from '../warnings.js';
import { SparseEncoder } from './sparse-encoder.js';

const python = findReferencePython();
const TIME = 400_000;
const FIXTURES = readdirSync(MODELS, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

type Listed = readonly [name: string, shape: readonly number[], trainable: boolean];

describe.runIf(python !== undefined)('namedParameters beside named_parameters', () => {
  let reference: Reference;
  beforeAll(async () => {
    setWarningHandler(() => undefined);
    await setEngine('cpu');
    reference = await startReference({ python: python ?? '' });
  }, TIME);
  afterAll(() => reference.stop());

  it.each(FIXTURES)(
    'has its names, shapes and flags, in its order: %s',
    async (name) => {
      const folder = join(MODELS, name);
      const { meta } = await reference.call('models.parameters', { meta: { folder }, tensors: {} });
      const theirs = (meta as unknown as { parameters: readonly Listed[] }).parameters;
      const encoder = await SparseEncoder.load(folder);
      const ours = encoder
        .namedParameters()
        .map(([each, { shape, trainable }]): Listed => [each, shape, trainable]);
      await encoder.dispose();
      expect(theirs.length).toBeGreaterThan(0);
      expect(ours).toEqual(theirs);
    },
    TIME,
  );
});
