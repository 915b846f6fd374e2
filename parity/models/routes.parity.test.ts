import { describe, expect, it } from 'vitest';
import type { SparseEncoder } from '../../src/encoder/sparse-encoder.js';
import { HAS_REFERENCE, LIVE_TIME, liveReference } from '../../src/testing/python/live-reference.js';
import { ROUTED, routedEncoder, twoAutoEncoders } from '../../src/testing/routed-encoders.js';
import { savedEncoder } from '../testing/saved-encoder.js';
import { MODEL_PATH } from './model-case.js';
import type { ModelCell } from './plan.js';
import { runModels } from './run-models.js';

const ENCODERS: Readonly<Record<string, () => Promise<SparseEncoder>>> = {
  ...Object.fromEntries(Object.entries(ROUTED).map(([name, routed]) => [name, () => routedEncoder(routed)])),
  'two auto-encoders': () => twoAutoEncoders(),
};

/** `encode`, `encodeQuery` and `encodeDocument` of what is saved of an encoder. */
function cellOf(name: string, make: () => Promise<SparseEncoder>): ModelCell {
  const source = savedEncoder(name, 'inference-free', make);
  return { source, check: 'encode', cases: [`${MODEL_PATH}${name}/encode`] };
}

describe.runIf(HAS_REFERENCE)('a Router, saved and opened by the reference', () => {
  const reference = liveReference();

  it.each(Object.entries(ENCODERS))(
    'takes the same routes there: %s',
    async (name, make) => {
      const results = await runModels([cellOf(name, make)], { reference, seed: 5, backends: ['cpu'] });
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(results.map(({ cases }) => cases)).toEqual([1]);
    },
    LIVE_TIME,
  );
});
