import { writeFileSync } from 'node:fs';
import { openTrainingData } from '../../src/api/data.js';
import { arrayDataset } from '../../src/index.js';

export interface Pair {
  readonly anchor: string;
  readonly positive: string;
}

/** The pairs of a run in the order of our trainer: `steps` batches in which no text occurs twice. */
export async function orderedPairs(
  pairs: readonly Pair[],
  { steps, batch, seed }: { readonly steps: number; readonly batch: number; readonly seed: number },
): Promise<Pair[]> {
  const data = await openTrainingData(arrayDataset(pairs.map((pair) => ({ ...pair }))), {
    batchSize: batch,
    batchSampler: 'no_duplicates',
    seed,
  });
  const ordered: Pair[] = [];
  try {
    for (let epoch = 0; ordered.length < steps * batch; epoch++) {
      for await (const { texts } of data.batches(epoch)) {
        const [anchors = [], positives = []] = texts;
        ordered.push(...anchors.map((anchor, row) => ({ anchor, positive: positives[row] ?? '' })));
        if (ordered.length >= steps * batch) break;
      }
    }
  } finally {
    await data.close();
  }
  return ordered;
}

export function writeLines(file: string, rows: readonly object[]): void {
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
