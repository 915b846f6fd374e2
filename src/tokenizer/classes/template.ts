import type { JsonObject } from '../files/json-object.js';
import type { SpecialTokens } from './class-rules.js';
import { requireToken } from './require-token.js';

/** The first or second text, or a special token, and the type id of its tokens. */
export type TemplatePiece = readonly [piece: '$A' | '$B' | (string & {}), typeId: 0 | 1];

/** The post-processor that puts special tokens around and between texts. */
export function template(
  single: readonly TemplatePiece[],
  pair: readonly TemplatePiece[],
  idOf: (token: string) => number,
): JsonObject {
  const special = [...single, ...pair].map(([piece]) => piece).filter((piece) => !isSequence(piece));
  return {
    type: 'TemplateProcessing',
    single: single.map(toJson),
    pair: pair.map(toJson),
    special_tokens: Object.fromEntries(
      special.map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]),
    ),
  };
}

/** `[CLS] a [SEP]`; for a pair `[CLS] a [SEP] b [SEP]`, whose second text has type id 1. */
export function clsTemplate(special: SpecialTokens, idOf: (token: string) => number): JsonObject {
  const cls = requireToken(special, 'cls_token');
  const sep = requireToken(special, 'sep_token');
  return template(
    [
      [cls, 0],
      ['$A', 0],
      [sep, 0],
    ],
    [
      [cls, 0],
      ['$A', 0],
      [sep, 0],
      ['$B', 1],
      [sep, 1],
    ],
    idOf,
  );
}

/** The post-processor that transformers gives to a tokenizer without one: the second text gets type id 1. */
export const BARE_TEMPLATE = template(
  [['$A', 0]],
  [
    ['$A', 0],
    ['$B', 1],
  ],
  () => 0,
);

function isSequence(piece: string): boolean {
  return piece === '$A' || piece === '$B';
}

function toJson([piece, type_id]: TemplatePiece): JsonObject {
  return isSequence(piece)
    ? { Sequence: { id: piece.slice(1), type_id } }
    : { SpecialToken: { id: piece, type_id } };
}
