import { idAsJson } from '../../data/text-id.js';
import { requireTokenizer, tokenNames } from './feature-names.js';
import { featuresByName } from './json-parts.js';
import type { PayloadFormat } from './payload.js';

export const seismic: PayloadFormat = {
  title: 'Seismic, a collection as JSON lines',
  extension: 'jsonl',
  tokens: true,
  negativeWeights: 'refused',
  emptyVector: '"vector":{}: a document that no search finds',
  write: (row, tokenizer) => {
    const vector = featuresByName(row, tokenNames(requireTokenizer(tokenizer, 'seismic')), 'seismic');
    return `{"id":${idAsJson(row.id)},"content":${JSON.stringify(row.content ?? '')},"vector":${vector}}`;
  },
};
