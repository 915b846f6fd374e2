import { describe, expect, it } from 'vitest';
import { Observer } from './observer.js';

class Inner {
  weight = 1;
  list = [1, 2];
}

class Outer {
  inner = new Inner();
  readonly name = 'outer';
  unread = 0;
  #hidden = 3;

  get total(): number {
    return this.inner.weight + this.#hidden;
  }
}

function reads(target: object, run: () => unknown): Observer['reads'] {
  const observer = new Observer();
  observer.observe(target);
  run();
  observer.stop();
  return observer.reads;
}

const changed = (found: Observer['reads']): string[] =>
  found.filter(({ isUnchanged }) => !isUnchanged()).map(({ name }) => name);

describe('an observer', () => {
  it('notes the fields that are read, also through fields, getters and private methods', () => {
    const outer = new Outer();
    const found = reads(outer, () => [outer.total, outer.total]);
    expect(found.map(({ name }) => name)).toEqual(['Outer.inner', 'Inner.weight']);
    outer.unread = 1;
    expect(changed(found)).toEqual([]);
    outer.inner.weight = 2;
    expect(changed(found)).toEqual(['Inner.weight']);
    outer.inner.weight = 1;
    expect(changed(found)).toEqual([]);
    outer.inner = new Inner();
    expect(changed(found)).toEqual(['Outer.inner']);
  });

  it.each<[string, (state: Outer & Record<string, unknown>) => unknown, (state: Outer) => unknown]>([
    ['an element of a list', ({ inner }) => inner.list[0], ({ inner }) => (inner.list[1] = 5)],
    ['the length of a list', ({ inner }) => inner.list, ({ inner }) => inner.list.push(5)],
    ['NaN for a number', ({ inner }) => inner.weight, ({ inner }) => (inner.weight = NaN)],
    ['-0 for 0', (state) => state.unread, (state) => (state.unread = -0)],
  ])('sees that %s has changed', (_, read, change) => {
    const state = new Outer() as Outer & Record<string, unknown>;
    const found = reads(state, () => read(state));
    expect(changed(found)).toEqual([]);
    change(state);
    expect(changed(found)).toHaveLength(1);
  });

  it('looks into maps, sets, arrays of numbers and records', () => {
    const inner = new Inner();
    const state = {
      routes: new Map([['query', [inner]]]),
      names: new Set(['a']),
      numbers: Float32Array.of(1, 2),
      record: { deep: { er: 1 } },
    };
    const found = reads(state, () => [
      state.routes.get('query')?.[0]?.weight,
      state.names.size,
      state.numbers[0],
      state.record.deep.er,
    ]);
    const changes: [() => unknown, string][] = [
      [() => (inner.weight = 7), 'Inner.weight'],
      [() => state.names.add('b'), 'object.names'],
      [() => (state.numbers[1] = 0), 'object.numbers'],
      [() => (state.record.deep.er = 2), 'object.record.deep.er'],
    ];
    changes.forEach(([change, name], index) => {
      change();
      expect(changed(found)).toHaveLength(index + 1);
      expect(changed(found)).toContain(name);
    });
  });

  it('ignores fields that the function wrote before it read them', () => {
    const outer = new Outer();
    const found = reads(outer, () => {
      outer.unread = 4;
      return outer.unread;
    });
    expect([found, outer.unread]).toEqual([[], 4]);
  });

  it('restores fields: order, values, read-only fields, and deleted or added ones', () => {
    const target: Record<string, unknown> = { a: 1, b: 2, c: 3 };
    Object.defineProperty(target, 'fixed', { value: 5, enumerable: true });
    Object.defineProperty(target, 'constant', { value: 6, enumerable: true, configurable: true });
    reads(target, () => {
      target['b'] = 20;
      delete target['c'];
      target['d'] = target['a'];
      expect(() => (target['constant'] = 7)).toThrow(TypeError);
    });
    expect(Object.entries(target)).toEqual([
      ['a', 1],
      ['b', 20],
      ['fixed', 5],
      ['constant', 6],
      ['d', 1],
    ]);
    expect(Object.getOwnPropertyDescriptor(target, 'b')).toMatchObject({ writable: true, value: 20 });
  });
});
