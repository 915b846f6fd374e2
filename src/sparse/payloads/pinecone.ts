import { InputError } from '../../errors.js';
import { indicesAndValues } from './json-parts.js';
import type { PayloadFormat } from './payload.js';

const MAX_ID_LENGTH = 512;
/** ASCII without U+0000. */
const IS_ASCII = /^(?!.*\0)\p{ASCII}+$/su;

export const pinecone: PayloadFormat = {
  title: 'Pinecone, records of a sparse index',
  extension: 'jsonl',
  tokens: false,
  negativeWeights: 'written',
  emptyVector: 'refused: the service takes no record without sparse values',
  notes:
    'Records of an upsert of the Python client; REST calls "sparse_values" "sparseValues". An id is text: ASCII, at most 512 characters. The service limits the active dimensions of a record (1,000 when sparse indexes came, then more).',
  write: (row) => {
    const id = String(row.id);
    if (id.length > MAX_ID_LENGTH || !IS_ASCII.test(id)) {
      throw new InputError(
        `text ${row.id}: its id is not one that pinecone takes; expected 1 to ${MAX_ID_LENGTH} characters of ASCII`,
      );
    }
    if (row.indices.length === 0) {
      throw new InputError(
        `text ${row.id} has no active dimensions; pinecone refuses such a record: leave the text out`,
      );
    }
    return `{"id":${JSON.stringify(id)},"sparse_values":{${indicesAndValues(row)}}}`;
  },
};
