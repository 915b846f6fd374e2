import { expect, it } from 'vitest';
import { exportedBy, packageEntries } from '../testing/package-entries.js';

const entries = [...packageEntries()].map(([name, file]) => ({ name, file, values: exportedBy(file) }));
const root = entries.find(({ name }) => name === 'sparse-encoder')?.values.map(([name]) => name) ?? [];
const rooms = entries.filter(({ file }) => file.startsWith('src/api/'));

it('has every name of the root in one of the rooms', () => {
  const inRooms = new Set(rooms.flatMap(({ values }) => values.map(([name]) => name)));
  // These names are the encoder itself, and what belongs to all rooms.
  const own = [
    'DownloadError',
    'EncoderPool',
    'ModelFileError',
    'SparseEncoder',
    'UploadError',
    'WriteError',
  ];
  expect(root.filter((name) => !inRooms.has(name)).toSorted()).toEqual(own);
});

it('has about 25 names at its root, which most programs need', () => {
  expect(root.length).toBeGreaterThan(20);
  expect(root.length).toBeLessThan(30);
});

it('uses each name for only one thing', () => {
  const files = new Map<string, Set<string>>();
  for (const { values } of entries) {
    for (const [name, file] of values) files.set(name, (files.get(name) ?? new Set()).add(file));
  }
  const several = [...files].filter(([, places]) => places.size > 1).map(([name]) => name);
  expect(several).toEqual([]);
});

it('has no general words among the names at its root', () => {
  const general = ['dense', 'normalize', 'decode', 'explain', 'identity', 'sigmoid', 'pooling'];
  expect(root.filter((name) => general.includes(name))).toEqual([]);
});
