import { expect, it } from 'vitest';
import { loadedBy } from '../testing/loaded-packages.js';

it('loads no large package', () => {
  expect(loadedBy('sparse/public.ts')).toEqual([]);
});
