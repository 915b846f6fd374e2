import { idAsJson } from '../../data/text-id.js';
import { requireTokenizer, tokenNames } from './feature-names.js';
import { indicesAndValues, weightsByName } from './json-parts.js';
import type { PayloadFormat } from './payload.js';

export const jsonl: PayloadFormat = {
  title: 'JSON lines of indices and values',
  extension: 'jsonl',
  tokens: false,
  negativeWeights: 'written',
  emptyVector: '"indices":[],"values":[]',
  notes: 'Read back by this package.',
  write: (row) => `{"id":${idAsJson(row.id)},${indicesAndValues(row)}}`,
};

export const jsonlTokens: PayloadFormat = {
  title: 'JSON lines of tokens and weights',
  extension: 'jsonl',
  tokens: true,
  negativeWeights: 'written',
  emptyVector: '"tokens":{}',
  notes: 'Read back by this package with the same tokenizer.',
  write: (row, tokenizer) =>
    `{"id":${idAsJson(row.id)},"tokens":${weightsByName(row, tokenNames(requireTokenizer(tokenizer, 'jsonl-tokens')))}}`,
};
