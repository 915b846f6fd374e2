import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.js';
import type { Row } from './dataset.js';
import { shuffled } from './shuffle-buffer.js';
import { streamDataset } from './stream.js';
import type { TrainingData } from './training-data-options.js';
import { openTrainingData } from './training-data.js';

const rowsTo = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({ anchor: `${i}`, positive: 'p' }));

async function anchorsOf(data: TrainingData, epoch = 0, from = 0): Promise<(readonly string[])[]> {
  const anchors = [];
  for await (const { texts } of data.batches(epoch, from)) anchors.push(texts[0] ?? []);
  return anchors;
}

describe('a stream', () => {
  it('keeps its order if it is not shuffled, and drops an incomplete batch on request', async () => {
    const options = { batchSize: 2, shuffleBuffer: null };
    const data = await openTrainingData(
      streamDataset(() => rowsTo(5)),
      options,
    );
    expect(data.length).toBeUndefined();
    expect(await anchorsOf(data)).toEqual([['0', '1'], ['2', '3'], ['4']]);
    const dropping = await openTrainingData(
      streamDataset(() => rowsTo(5)),
      { ...options, dropLast: true },
    );
    expect(await anchorsOf(dropping)).toEqual([
      ['0', '1'],
      ['2', '3'],
    ]);
  });

  it('is shuffled anew in each epoch, and continues from any batch', async () => {
    const open = () =>
      openTrainingData(
        streamDataset(() => rowsTo(40)),
        { batchSize: 4 },
      );
    const whole = [await anchorsOf(await open(), 0), await anchorsOf(await open(), 1)];
    expect(whole[0]).not.toEqual(whole[1]);
    for (const batches of whole) {
      expect(batches.flat().toSorted((a, b) => Number(a) - Number(b))).toEqual(
        rowsTo(40).map(({ anchor }) => anchor),
      );
    }
    expect(await anchorsOf(await open(), 1, 6)).toEqual(whole[1]?.slice(6));
    const data = await open();
    expect([await anchorsOf(data, 0), await anchorsOf(data, 1), await anchorsOf(data, 0)]).toEqual([
      ...whole,
      whole[0],
    ]);
  });

  it('can be read only once if it is a generator', async () => {
    const generator = (function* () {
      yield* rowsTo(3);
    })();
    const data = await openTrainingData(streamDataset(generator), { batchSize: 3, shuffleBuffer: null });
    expect(await anchorsOf(data)).toEqual([['0', '1', '2']]);
    await expect(anchorsOf(data, 1)).rejects.toThrow('can be read only once');
  });

  it('is closed when the caller stops, with or without having taken a batch', async () => {
    const closed: string[] = [];
    const source = (name: string) =>
      streamDataset(async function* () {
        try {
          yield* rowsTo(100);
        } finally {
          closed.push(name);
        }
      });
    const options = { batchSize: 2, shuffleBuffer: { rows: 4, bytes: 1000 } };
    const left = await openTrainingData(source('left'), options);
    for await (const _ of left.batches(0)) break;
    expect(closed).toEqual(['left']);
    await (await openTrainingData(source('unused'), options)).close();
    expect(closed).toEqual(['left', 'unused']);
  });

  it('counts skipped rows, or stops at the first bad row', async () => {
    const rows = [{ a: 'x' }, { a: 5 }, 'no row', { a: 'y' }] as Row[];
    const skipping = await openTrainingData(
      streamDataset(() => rows),
      { onError: 'skip', shuffleBuffer: null },
    );
    expect(await anchorsOf(skipping)).toEqual([['x', 'y']]);
    expect(skipping.skipped).toMatchObject({
      count: 2,
      reasons: [
        'row 1: column "a" is 5; expected a text',
        'row 2: the row is "no row"; expected an object of values by column',
      ],
    });
    const stopping = await openTrainingData(streamDataset(rows));
    await expect(anchorsOf(stopping)).rejects.toThrow('row 1: column "a" is 5; expected a text');
    await expect(openTrainingData(streamDataset([]))).rejects.toThrow('has no rows');
    await expect(openTrainingData(streamDataset([{ a: 5 }]), { onError: 'skip' })).rejects.toThrow(
      'none of 1 row can be trained on',
    );
  });

  it('rejects a batch sampler', async () => {
    const open = openTrainingData(streamDataset(rowsTo(2)), { batchSampler: 'no_duplicates' });
    await expect(open).rejects.toThrow('batchSampler needs a data set of known length');
    expect(() => streamDataset(5 as never)).toThrow('source is 5; expected an iterable of rows');
  });
});

describe('the buffer', () => {
  it.each([
    [{ rows: 10, bytes: 2 ** 20 }, 10],
    [{ rows: 1000, bytes: 4000 }, 20],
    [{ rows: 1000, bytes: 1 }, 1],
  ])('with the buffer %j holds no more than %d rows', async (bounds, most) => {
    let [read, given] = [0, 0];
    let [held, late] = [0, 0];
    const source = async function* () {
      for (; read < 200;) {
        yield { row: { a: 'x'.repeat(100) }, place: `${read++}` };
        held = Math.max(held, read - given);
        late = read - given;
      }
    };
    for await (const _ of shuffled(source(), bounds, seededRandom(1))) given++;
    expect(given).toBe(200);
    expect(held).toBeLessThanOrEqual(most + 1);
    expect(late).toBeGreaterThanOrEqual(most);
  });
});
