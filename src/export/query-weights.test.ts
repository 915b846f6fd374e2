import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { router } from '../modules/router.js';
import { sparseStaticEmbedding } from '../modules/sparse-static-embedding.js';
import { spladePooling } from '../modules/splade-pooling.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { loadMaskedLanguageModel } from '../testing/new-encoders.js';
import { exportOnnx } from './export-onnx.js';
import { QUERY_WEIGHTS_FILE } from './query-weights.js';

it.each([
  ['those of the queries', 'query', true],
  ['none where documents alone are weights', 'document', false],
])('query_weights.json has %s', async (_what, weighted, hasFile) => {
  const transformer = await loadMaskedLanguageModel();
  const { tokenizer } = transformer;
  const table = (of: number) =>
    sparseStaticEmbedding({ tokenizer, weight: Array.from({ length: tokenizer.vocabularySize }, () => of) });
  const encoder = SparseEncoder.fromModules([
    router({
      // Documents come first: their weights must not be mistaken for those of queries.
      routes: new Map([
        ['document', [table(2)]],
        ['query', weighted === 'query' ? [table(3)] : [transformer, spladePooling()]],
      ]),
    }),
  ]);
  const output = join(temporaryFolder(), 'exported');
  expect((await exportOnnx(encoder, { output })).verdict).toBe('passed');
  await encoder.dispose();
  const path = join(output, QUERY_WEIGHTS_FILE);
  expect(existsSync(path)).toBe(hasFile);
  if (!hasFile) return;
  const weights = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
  expect(new Set(Object.values(weights))).toEqual(new Set([3]));
});
