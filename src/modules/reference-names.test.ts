import { expect, test } from 'vitest';
import { camelCase, snakeCase } from './reference-names.js';

test.each([
  ['input_ids', 'inputIds'],
  ['sentence_embedding', 'sentenceEmbedding'],
  ['sentence_embedding_encoded_4k', 'sentenceEmbeddingEncoded4k'],
  ['decoded_embedding_k_pre_bias', 'decodedEmbeddingKPreBias'],
  ['k_aux', 'kAux'],
  ['k', 'k'],
])('%s is %s here, and the other way round', (snake, camel) => {
  expect([camelCase(snake), snakeCase(camel)]).toEqual([camel, snake]);
});
