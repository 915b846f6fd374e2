import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SparseEncoder } from '../../src/encoder/sparse-encoder.js';
import { setEngine } from '../../src/engine/set-engine.js';
import type { Reference } from '../../src/python/bridge.js';
import { findReferencePython } from '../../src/python/environment.js';
import { ROUTED, routedEncoder, twoAutoEncoders } from '../../src/testing/routed-encoders.js';
import { setWarningHandler } from '../../src/warnings.js';
import { startReference } from '../start-reference.js';
import type { ModelSource } from './folders.js';
import { MODEL_PATH } from './model-case.js';
import type { ModelCell } from './plan.js';
import { runModels } from './run-models.js';

const python = findReferencePython();
const TIME = 400_000;

const ENCODERS: Readonly<Record<string, () => Promise<SparseEncoder>>> = {
  ...Object.fromEntries(Object.entries(ROUTED).map(([name, routed]) => [name, () => routedEncoder(routed)])),
  'two auto-encoders': () => twoAutoEncoders(),
};

/** `encode`, `encodeQuery` and `encodeDocument` of what is saved of an encoder. */
function cellOf(name: string, make: () => Promise<SparseEncoder>): ModelCell {
  const source: ModelSource = {
    name,
    family: 'inference-free',
    backbone: 'BERT',
    open: async ({ folder }) => {
      const saved = join(folder, name.replaceAll(' ', '-'));
      const encoder = await make();
      await encoder.save(saved);
      await encoder.dispose();
      return saved;
    },
  };
  return { source, check: 'encode', cases: [`${MODEL_PATH}${name}/encode`] };
}

describe.runIf(python !== undefined)('a Router, saved and opened by the reference', () => {
  let reference: Reference;
  beforeAll(async () => {
    setWarningHandler(() => undefined);
    await setEngine('cpu');
    reference = await startReference({ python: python ?? '' });
  }, TIME);
  afterAll(() => reference.stop());

  it.each(Object.entries(ENCODERS))(
    'takes the same routes there: %s',
    async (name, make) => {
      const results = await runModels([cellOf(name, make)], { reference, seed: 5, backends: ['cpu'] });
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(results.map(({ cases }) => cases)).toEqual([1]);
    },
    TIME,
  );
});
