import { InputError } from '../../errors.js';
import { float32Text } from './float32-text.js';
import type { PayloadFormat } from './payload.js';

/** The most entries of a sparsevec. */
const MAX_ENTRIES = 16_000;

export const pgvector: PayloadFormat = {
  title: 'PostgreSQL with pgvector, sparsevec',
  extension: 'txt',
  tokens: false,
  negativeWeights: 'written',
  emptyVector:
    '{}/30522: stored; its inner product with all others is 0, its cosine distance NaN and not indexed',
  notes: 'Indices from 1. At most 16,000 active dimensions, and 1,000 where an HNSW index is to hold it.',
  write: ({ id, indices, values, columns }) => {
    if (!Number.isFinite(columns)) {
      throw new InputError('a sparsevec names its number of dimensions, which this model does not state');
    }
    if (indices.length > MAX_ENTRIES) {
      throw new InputError(
        `text ${id} has ${indices.length} active dimensions; a sparsevec takes ${MAX_ENTRIES}`,
      );
    }
    const entries = Array.from(indices, (index, i) => `${index + 1}:${float32Text(values[i] as number)}`);
    return `{${entries.join(',')}}/${columns}`;
  },
};
