import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrainingData } from '../training-data.js';
import { readParquet } from './parquet.js';
import { readDataset } from './read-dataset.js';

const FIXTURES = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'parquet');
const fixture = (codec: string): string => join(FIXTURES, `${codec}.parquet`);
const rowAt = (index: number) => ({
  query: `query ${index}`,
  document: `document ${index} with an ä`,
  scores: [index / 4, 1.5],
  id: index,
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a Parquet file that pyarrow wrote', () => {
  it.each(['snappy', 'zstd', 'gzip'])('is read, compressed by %s', async (codec) => {
    const dataset = await readDataset(fixture(codec));
    expect([dataset.columns, dataset.length]).toEqual([['query', 'document', 'scores', 'id'], 10]);
    expect(await dataset.rows([7, 0, 9])).toEqual([rowAt(7), rowAt(0), rowAt(9)]);
    expect(dataset.placeOf?.(7)).toBe(`${fixture(codec)}: row 7`);
  });

  it('returns the same rows from disk if it is too large for memory, and leaves nothing on the disk', async () => {
    const spools = () => readdirSync(tmpdir()).filter((name) => name.startsWith('sparse-encoder-rows-'));
    const before = spools();
    const dataset = await readParquet(fixture('snappy'), 0);
    expect(await dataset.rows([7, 0, 9])).toEqual([rowAt(7), rowAt(0), rowAt(9)]);
    expect(dataset.length).toBe(10);
    expect(spools()).toEqual(before);
    await dataset.close?.();
  });

  it('can be trained on', async () => {
    const dataset = await readDataset(fixture('snappy'), { columns: ['query', 'document', 'scores'] });
    const data = await openTrainingData(dataset, { batchSize: 10 });
    expect(data.datasets[0]?.labelShape).toEqual([2]);
    const whole = await openTrainingData(await readDataset(fixture('snappy'))).catch(String);
    expect(whole).toContain('snappy.parquet: row 0: column "id" is 0; expected a text');
  });

  it('is rejected if it is truncated', async () => {
    const bytes = readFileSync(fixture('snappy'));
    const path = join(folder, 'cut.parquet');
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    await expect(readDataset(path)).rejects.toThrow('cut.parquet is not a Parquet file that can be read');
    const damaged = Buffer.from(bytes);
    damaged.fill(0, 100, 400);
    writeFileSync(path, damaged);
    await expect(readDataset(path)).rejects.toThrow('cut.parquet is not a Parquet file that can be read');
  });
});
