import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { setEngine } from '../set-engine.js';
import { structureOf } from './structure.js';

beforeAll(() => setEngine('onnx'));

test('finds the tensors of arrays and records, and where each is', () => {
  const [a, b, c] = [tf.scalar(1), tf.scalar(2), tf.scalar(3)];
  const { tensors } = structureOf([{ inputIds: a, 'attention mask': [b, 'x'] }, c]);
  expect(tensors).toEqual([
    { tensor: a, path: '[0].inputIds' },
    { tensor: b, path: '[0]["attention mask"][0]' },
    { tensor: c, path: '[1]' },
  ]);
});

test('rebuilds the same structure of other tensors', () => {
  const [a, b, c] = [tf.scalar(1), tf.scalar(2), tf.scalar(3)];
  const { rebuild } = structureOf({ loss: a, rest: [undefined, a, null, 'name'] });
  expect(rebuild([b, c])).toEqual({ loss: b, rest: [undefined, c, null, 'name'] });
});

test('keys tell apart what a function could tell apart', () => {
  const items = [
    1,
    '1',
    -0,
    0,
    NaN,
    'NaN',
    1n,
    true,
    'true',
    null,
    'null',
    undefined,
    'undefined',
    [],
    {},
    [[]],
    [['a', 1]],
    { a: 1 },
    { a: undefined },
    ['a,b'],
    ['a', 'b'],
    tf.scalar(1),
    tf.scalar(1, 'int32'),
    tf.zeros([1, 2]),
    tf.zeros([2, 1]),
    'float32[]',
  ];
  const keys = items.map((item) => structureOf(item).key);
  expect(new Set(keys).size).toBe(items.length);
  expect(structureOf(tf.ones([1, 2])).key).toBe(structureOf(tf.zeros([1, 2])).key);
});

test('a named dimension stands for every size in the key, another one does not', () => {
  const key = (rows: number, columns: number): string =>
    structureOf(tf.zeros([rows, columns]), [['batch', null]]).key;
  expect(key(2, 3)).toBe(key(5, 3));
  expect(key(2, 3)).not.toBe(key(2, 4));
});

test('reports what is neither a tensor nor plain data', () => {
  const date = new Date(0);
  const { opaque } = structureOf([{ when: date }, Math.max, Object.create(null)]);
  expect(opaque).toEqual([
    { item: date, path: '[0].when' },
    { item: Math.max, path: '[1]' },
  ]);
});
