import { requireTokenizer, tokenNames } from './feature-names.js';
import { weightsByName } from './json-parts.js';
import type { PayloadFormat } from './payload.js';

export const vespa: PayloadFormat = {
  title: 'Vespa, tensor<float>(token{})',
  extension: 'jsonl',
  tokens: true,
  negativeWeights: 'written',
  emptyVector: '{"cells":{}}: a tensor without cells, whose products are 0',
  notes: 'The value of the tensor field in a document, in the short form for one mapped dimension.',
  write: (row, tokenizer) =>
    `{"cells":${weightsByName(row, tokenNames(requireTokenizer(tokenizer, 'vespa')))}}`,
};
