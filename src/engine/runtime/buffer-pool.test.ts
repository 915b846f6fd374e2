import { expect, test } from 'vitest';
import type { Elements } from '../storage.js';
import { BufferPool } from './buffer-pool.js';

const MIB = 2 ** 20;

test('an array that was given back is the next one of its type and size', () => {
  const pool = new BufferPool();
  const given = pool.take('float32', MIB);
  pool.give('float32', given);
  expect(pool.idleBytes).toBe(4 * MIB);
  expect(pool.take('int32', MIB) === given).toBe(false);
  expect(pool.take('float32', MIB - 1) === given).toBe(false);
  expect(pool.take('float32', MIB) === given).toBe(true);
  expect(pool.idleBytes).toBe(0);
  expect(pool.take('float32', MIB) === given).toBe(false);
});

test('an array that was made elsewhere is not kept: nobody would request it', () => {
  const pool = new BufferPool();
  pool.give('float32', new Float32Array(MIB));
  expect(pool.idleBytes).toBe(0);
});

test('small arrays are not kept', () => {
  const pool = new BufferPool();
  pool.give('bool', pool.take('bool', 100));
  expect(pool.idleBytes).toBe(0);
});

test('beyond the limit the arrays of the least recently used sizes go', () => {
  const pool = new BufferPool();
  // Pages that nobody touched cost no memory.
  const small = Array.from({ length: 40 }, () => pool.take('bool', 2 * MIB));
  for (const buffer of small) pool.give('bool', buffer);
  const large: Elements[] = [];
  for (let index = 0; index < 4; index++) {
    const buffer = pool.take('float32', 30 * MIB + index);
    large.push(buffer);
    pool.give('float32', buffer);
  }
  expect(pool.idleBytes).toBeLessThanOrEqual(512 * MIB);
  expect(large.map((buffer, index) => pool.take('float32', 30 * MIB + index) === buffer)).toEqual(
    large.map(() => true),
  );
  // The 480 MiB of large arrays leave room for 15 of the 40.
  expect(small.filter(() => small.includes(pool.take('bool', 2 * MIB) as Uint8Array)).length).toBe(15);
});

test('an array larger than the limit does not drive out the others', () => {
  const pool = new BufferPool();
  const small = pool.take('bool', MIB);
  pool.give('bool', small);
  pool.give('bool', pool.take('bool', 513 * MIB));
  expect(pool.idleBytes).toBe(MIB);
  expect(pool.take('bool', MIB) === small).toBe(true);
});
