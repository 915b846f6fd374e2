import { describe, expect, test } from 'vitest';
import { ModelFileError } from '../errors.js';
import { MODULE_KINDS, moduleKindOf } from './catalog.js';
import { typeOf } from './module-type.js';
import { poolingKind } from './pooling.js';
import { routerKind } from './router.js';
import { sparseAutoEncoderKind } from './sparse-auto-encoder.js';

describe('the kind of a module', () => {
  test('is found by the type that it is written with', () => {
    for (const kind of MODULE_KINDS) expect(moduleKindOf(typeOf(kind))).toBe(kind);
  });

  test.each([
    ['sentence_transformers.models.Pooling', poolingKind],
    ['sentence_transformers.models.Pooling.Pooling', poolingKind],
    ['sentence_transformers.sparse_encoder.models.SparseAutoEncoder', sparseAutoEncoderKind],
    [
      'sentence_transformers.sparse_encoder.models.SparseAutoEncoder.SparseAutoEncoder',
      sparseAutoEncoderKind,
    ],
    ['sentence_transformers.sparse_encoder.modules.SparseAutoEncoder', sparseAutoEncoderKind],
    ['sentence_transformers.models.Asym', routerKind],
    ['sentence_transformers.models.Router', routerKind],
  ])('is found by the older spelling %s', (type, kind) => {
    expect(moduleKindOf(type)).toBe(kind);
  });

  test.each([
    'sentence_transformers.models.LSTM',
    'my_package.models.Pooling',
    'Pooling',
    'sentence_transformers.models.Pooling.Normalize',
    '',
  ])('of type "%s" is refused, with those that are known', (type) => {
    expect(() => moduleKindOf(type)).toThrow(ModelFileError);
    expect(() => moduleKindOf(type)).toThrow(`"${type}"; known are`);
    expect(() => moduleKindOf(type)).toThrow(typeOf(poolingKind));
  });
});
