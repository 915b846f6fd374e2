/** Feeds search engines and compares what they find with exact scoring: npm run search-engines -- --help */
import { openProgress } from '../../src/progress.js';
import { runCommand } from '../../src/shell/run-command.js';
import { tell } from '../../src/shell/tell.js';
import type { SparseMatrix } from '../../src/sparse/sparse-matrix.js';
import { defaultModel, encodeCollection } from './collection.js';
import { searchEnginesCommand, type SearchEnginesOptions } from './command.js';
import { SEARCH_ENGINES, type SearchEngineName } from './engines.js';
import { exactRankings } from './rankings.js';
import { exitCode, type Report, renderReport } from './report.js';
import { runEngine } from './run-engine.js';

const K = 10;

// The handler stays, since a second signal must not interrupt the cleanup.
async function main(names: readonly SearchEngineName[], options: SearchEnginesOptions): Promise<void> {
  const { python, json, model = defaultModel() } = options;
  const { encodeSeconds, ...collection } = await encodeCollection(model, options);
  const exact = exactRankings(collection);
  const chosen = [...new Set(names)];
  const progress = openProgress(chosen.length);
  const engines: Report['engines'][number][] = [];
  try {
    for (const name of chosen) {
      progress.note(name);
      // oxlint-disable-next-line no-await-in-loop -- each is timed alone
      const outcome = await runEngine(SEARCH_ENGINES[name], collection, exact, { k: K, python, log: tell });
      engines.push({ name, outcome });
      progress.advance(name);
    }
  } finally {
    progress.stop();
  }
  const report: Report = {
    model,
    documents: collection.documents.rows,
    queries: collection.queries.rows,
    terms: { document: meanTerms(collection.documents), query: meanTerms(collection.queries) },
    encodeSeconds,
    k: K,
    engines,
  };
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report));
  process.exitCode = exitCode(report);
}

function meanTerms({ indices, rows }: SparseMatrix): number {
  return indices.length / rows;
}

await runCommand(() => searchEnginesCommand(main));
