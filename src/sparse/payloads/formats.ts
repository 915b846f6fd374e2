import { describe } from '../../describe.js';
import { InputError, OptionError } from '../../errors.js';
import { entriesFault, requireArray } from '../check-sparse-matrix.js';
import { elasticsearch } from './elasticsearch.js';
import { jsonl, jsonlTokens } from './json-lines.js';
import { milvus } from './milvus.js';
import { opensearch, opensearchVector } from './opensearch.js';
import type { PayloadFormat } from './payload.js';
import { pgvector } from './pgvector.js';
import { pinecone } from './pinecone.js';
import { qdrant } from './qdrant.js';
import { seismic } from './seismic.js';
import { vespa } from './vespa.js';

/** The formats by the names used on a command line. Each checks the row that it writes. */
export const PAYLOAD_FORMATS = {
  jsonl: checking(jsonl),
  'jsonl-tokens': checking(jsonlTokens),
  qdrant: checking(qdrant),
  elasticsearch: checking(elasticsearch),
  opensearch: checking(opensearch),
  'opensearch-vector': checking(opensearchVector),
  vespa: checking(vespa),
  pgvector: checking(pgvector),
  pinecone: checking(pinecone),
  milvus: checking(milvus),
  seismic: checking(seismic),
} as const satisfies Record<string, PayloadFormat>;

export type PayloadFormatName = keyof typeof PAYLOAD_FORMATS;

/** @throws OptionError if no format has this name */
export function payloadFormat(name: string): PayloadFormat {
  if (typeof name === 'string' && Object.hasOwn(PAYLOAD_FORMATS, name)) {
    return PAYLOAD_FORMATS[name as PayloadFormatName];
  }
  throw new OptionError(
    `there is no format ${describe(name)}; there are ${Object.keys(PAYLOAD_FORMATS).join(', ')}`,
  );
}

function checking(format: PayloadFormat): PayloadFormat {
  return {
    ...format,
    write: (row, tokenizer) => {
      const { id, indices, values, columns } = row;
      requireArray(indices, Uint32Array, 'indices', `text ${id}`);
      requireArray(values, Float32Array, 'values', `text ${id}`);
      const fault = entriesFault(indices, values, { first: 0, last: indices.length, columns });
      if (fault !== undefined) throw new InputError(`text ${id}, ${fault}`);
      return format.write(row, tokenizer);
    },
  };
}
