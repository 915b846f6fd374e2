import { expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION, modelId, PLAIN_NAMES } from './model-id.js';

it.each([...PLAIN_NAMES])('leaves %s as it is', (name) => {
  expect(modelId(name, DEFAULT_ORGANIZATION)).toBe(name);
});

it.each([
  ['splade', 'sparse-encoder/splade'],
  ['bert-base-uncased-other', 'sparse-encoder/bert-base-uncased-other'],
  ['BERT-Base-Uncased', 'BERT-Base-Uncased'],
  ['naver/splade-v3', 'naver/splade-v3'],
])('takes %s for %s', (name, id) => {
  expect(modelId(name, DEFAULT_ORGANIZATION)).toBe(id);
});

it('puts nothing before the name of a transformer by itself', () => {
  expect(modelId('splade', null)).toBe('splade');
});

it.each(['', '.', '..', 'a/b/c', '/a', 'a/', './a', '~/a', 'a--b', 'a..b', 'a.git', '-a', 'a.', 'a b', 'é'])(
  'takes %j for no id',
  (name) => {
    expect(modelId(name, DEFAULT_ORGANIZATION)).toBeUndefined();
  },
);
