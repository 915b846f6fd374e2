import type { JsonObject } from '../files/json-object.js';

/** Words as in SentencePiece: a space is a letter that begins the next word. */
export function metaspace(prepend_scheme: 'always' | 'first' | 'never'): JsonObject {
  return { type: 'Metaspace', replacement: '▁', prepend_scheme, split: true };
}
