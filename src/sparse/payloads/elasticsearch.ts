import { requireTokenizer, tokenNamesWithoutDots } from './feature-names.js';
import { featuresByName } from './json-parts.js';
import type { PayloadFormat } from './payload.js';

export const elasticsearch: PayloadFormat = {
  title: 'Elasticsearch, sparse_vector (and rank_features)',
  extension: 'jsonl',
  tokens: true,
  negativeWeights: 'refused',
  emptyVector:
    '{}: stored without features, never found by a search; a query of none is refused by the engine',
  notes:
    'A dot in a token becomes two underscores, as in the engine’s own models; where that would be another token’s name, the dimension is "_id_<index>". The engine keeps 9 significant bits of a weight.',
  write: (row, tokenizer) =>
    featuresByName(row, tokenNamesWithoutDots(requireTokenizer(tokenizer, 'elasticsearch')), 'elasticsearch'),
};
