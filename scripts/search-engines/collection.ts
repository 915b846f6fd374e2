import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openModel } from '../../src/cli/open-model.js';
import { InputError } from '../../src/errors.js';
import { packageRoot } from '../../src/package-root.js';
import { environmentsFolder } from '../../src/python/managed-environment.js';
import type { SparseMatrix } from '../../src/sparse/sparse-matrix.js';
import { buildModelData, type Text } from '../models/data.js';
import type { Collection } from './engine.js';

const TRAINED = join(environmentsFolder(), 'models', 'splade');
const TINY = join(packageRoot(), 'fixtures', 'models', 'splade-bert');

/** The trained SPLADE model if `npm run make-models` made it, otherwise a tiny one with random weights. */
export function defaultModel(): string {
  return existsSync(TRAINED) ? TRAINED : TINY;
}

export interface CollectionSize {
  readonly documents: number;
  readonly queries: number;
}

/**
 * WordNet's definitions as documents and words as queries: the retrieval task of `npm run make-models`, or its first
 * texts, encoded.
 *
 * @throws InputError if the model gives weights below 0, which some engines do not accept
 */
export async function encodeCollection(
  model: string,
  size: CollectionSize,
): Promise<Collection & { readonly encodeSeconds: number }> {
  const encoder = await openModel(model, { engine: 'onnx' });
  try {
    const { corpus, queries } = buildModelData();
    const begin = performance.now();
    const showProgressBar = process.stderr.isTTY;
    const collection = {
      documents: await encoder.encodeDocument(textsOf(corpus, size.documents), { showProgressBar }),
      queries: await encoder.encodeQuery(textsOf(queries, size.queries), { showProgressBar }),
    };
    const encodeSeconds = (performance.now() - begin) / 1000;
    for (const [what, matrix] of Object.entries(collection)) checkWeights(what, matrix);
    return { ...collection, encodeSeconds };
  } finally {
    await encoder.dispose();
  }
}

function textsOf(texts: readonly Text[], count: number): string[] {
  return texts.slice(0, count).map(({ text }) => text);
}

function checkWeights(what: string, { values }: SparseMatrix): void {
  const negative = values.find((value) => value < 0);
  if (negative === undefined) return;
  throw new InputError(
    `the model gives ${what} the weight ${negative}; expected none below 0, which Lucene does not take`,
  );
}
