import { elasticsearch } from './elasticsearch.js';
import { jsonl, jsonlTokens } from './json-lines.js';
import { opensearch, opensearchVector } from './opensearch.js';
import type { PayloadFormat } from './payload.js';
import { pgvector } from './pgvector.js';
import { qdrant } from './qdrant.js';
import { seismic } from './seismic.js';
import { vespa } from './vespa.js';

/** By the name that a command line takes. */
export const PAYLOAD_FORMATS = {
  jsonl,
  'jsonl-tokens': jsonlTokens,
  qdrant,
  elasticsearch,
  opensearch,
  'opensearch-vector': opensearchVector,
  vespa,
  pgvector,
  seismic,
} as const satisfies Record<string, PayloadFormat>;

export type PayloadFormatName = keyof typeof PAYLOAD_FORMATS;
