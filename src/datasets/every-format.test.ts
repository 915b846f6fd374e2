import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATA_FORMATS } from '../losses/catalog.js';
import { readDataset } from './files/read-dataset.js';
import { formatsForData, lossesForData } from './fitting-losses.js';
import { openTrainingData } from './training-data.js';

const WORDNET = join(import.meta.dirname, '..', '..', 'fixtures', 'wordnet');
const files = readdirSync(WORDNET).filter((name) => name.endsWith('.jsonl'));

describe('real data in every format of the table', () => {
  it('exists for most of them', () => {
    expect(files.length).toBeGreaterThanOrEqual(DATA_FORMATS.length - 1);
  });

  // Files of classes and texts are input for the conversions, which turn them into data without labels.
  const trainable = files.filter((name) => !name.startsWith('class-'));
  it.each(trainable)('%s is recognized, and fits the losses that the table names', async (file) => {
    const data = await openTrainingData(await readDataset(join(WORDNET, file)), { batchSize: 16 });
    const [facts] = data.datasets;
    const found = { columns: facts?.columns.inputs.length ?? 0, labelShape: facts?.labelShape };
    const id = file.replace('.jsonl', '').replace('embedding-pair', 'embedding-shared');
    const format = DATA_FORMATS.find((each) => each.id === id);
    expect(format).toBeDefined();
    expect(formatsForData(found).map((each) => each.id)).toContain(id);
    expect(lossesForData(found)).toEqual(expect.arrayContaining([...(format?.losses ?? [])]));
    let rows = 0;
    for await (const batch of data.batches(0)) {
      rows += batch.size;
      expect(batch.labels?.shape.slice(1)).toEqual(facts?.labelShape);
    }
    expect(rows).toBe(facts?.rows);
    await data.close();
  });

  it.each(files.filter((name) => name.startsWith('class-')))(
    '%s is refused with the column',
    async (file) => {
      const dataset = await readDataset(join(WORDNET, file));
      await expect(openTrainingData(dataset)).rejects.toThrow(`${file}:1: column "label" is "`);
      await dataset.close?.();
    },
  );
});
