import { positiveWeightsByName } from './json-parts.js';
import type { PayloadFormat } from './payload.js';

export const milvus: PayloadFormat = {
  title: 'Milvus, SPARSE_FLOAT_VECTOR',
  extension: 'jsonl',
  tokens: false,
  negativeWeights: 'refused',
  emptyVector: '{}: stored since Milvus 2.4.12, never found by a search; refused before',
  notes:
    'The value of the field in REST calls and in JSON files to be imported. JSON has names as text; pymilvus wants them as whole numbers.',
  write: (row) => positiveWeightsByName(row, String, 'milvus'),
};
