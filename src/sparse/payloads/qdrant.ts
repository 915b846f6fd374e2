import { indicesAndValues } from './json-parts.js';
import type { PayloadFormat } from './payload.js';

export const qdrant: PayloadFormat = {
  title: 'Qdrant, sparse vector',
  extension: 'jsonl',
  tokens: false,
  negativeWeights: 'written',
  emptyVector: '{"indices":[],"values":[]}: stored since Qdrant 1.7, never found by a search',
  notes: 'The value of a named vector: {"vector": {"<name>": <line>}}.',
  write: (row) => `{${indicesAndValues(row)}}`,
};
