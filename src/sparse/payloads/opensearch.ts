import { requireTokenizer, tokenNames } from './feature-names.js';
import { featuresByName } from './json-parts.js';
import type { PayloadFormat } from './payload.js';

export const opensearch: PayloadFormat = {
  title: 'OpenSearch, rank_features (neural sparse)',
  extension: 'jsonl',
  tokens: true,
  negativeWeights: 'refused',
  emptyVector: '{}: stored without features, never found by a search',
  notes:
    'Tokens as they are, dots included: as the engine’s own tokenizers give them for a query. The engine keeps 9 significant bits of a weight.',
  write: (row, tokenizer) =>
    featuresByName(row, tokenNames(requireTokenizer(tokenizer, 'opensearch')), 'opensearch'),
};

export const opensearchVector: PayloadFormat = {
  title: 'OpenSearch from 3.3, sparse_vector (approximate search)',
  extension: 'jsonl',
  tokens: false,
  negativeWeights: 'refused',
  emptyVector: '{}: stored without features, never found by a search',
  notes: 'Dimensions by number: {"1000": 0.5}. The engine quantizes weights.',
  write: (row) => featuresByName(row, String, 'opensearch-vector'),
};
