import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { z } from 'zod';

/** In the order of their creation: inference-free starts from splade. */
export const FAMILIES = ['splade', 'csr', 'inference-free'] as const;
export type Family = (typeof FAMILIES)[number];

const Metrics = z.object({
  'ndcg@10': z.number(),
  query_active_dims: z.number(),
  corpus_active_dims: z.number(),
  steps: z.number(),
  seconds: z.number(),
  versions: z.record(z.string(), z.string()),
});

/** Next to the model folder, which contains only what the reference saved. */
export function metricsFile(folder: string, family: Family): string {
  return join(folder, `${family}.metrics.json`);
}

/** One row for each model that exists; undefined if there is none. */
export function metricsTable(folder: string, colours: boolean): string | undefined {
  const table = new Table({
    head: ['model', 'nDCG@10', 'terms a query', 'terms a document', 'steps', 'seconds', 'reference'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: colours ? { head: ['bold'], compact: true } : { head: [], border: [], compact: true },
  });
  for (const family of FAMILIES.filter((name) => existsSync(join(folder, name)))) {
    const metrics = Metrics.parse(JSON.parse(readFileSync(metricsFile(folder, family), 'utf8')));
    table.push([
      family,
      metrics['ndcg@10'].toFixed(3),
      metrics.query_active_dims.toFixed(1),
      metrics.corpus_active_dims.toFixed(1),
      metrics.steps,
      metrics.seconds,
      metrics.versions['sentence-transformers'] ?? '',
    ]);
  }
  return table.length === 0 ? undefined : table.toString();
}
