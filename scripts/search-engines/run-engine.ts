import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReferenceUnavailableError } from '../../src/python/errors.js';
import { type Collection, type SearchEngine, SearchEngineError, type SearchTask } from './engine.js';
import { exactRankings, type ExactRanking, rankingFault, recall } from './rankings.js';

export type Outcome =
  | {
      readonly is: 'compared';
      readonly indexSeconds: number;
      readonly queriesPerSecond: number;
      /** Recall relative to the ranking by the original weights, however the engine stores them. */
      readonly recall: number;
      /** One for each query whose hits differ from exact scoring. */
      readonly faults: readonly { readonly query: number; readonly fault: string }[];
    }
  | { readonly is: 'unavailable' | 'failed'; readonly why: string };

/** Feeds a collection to an engine, searches, and compares. `exact` is the collection's ranking. */
export async function runEngine(
  engine: SearchEngine,
  collection: Collection,
  exact: readonly ExactRanking[],
  options: Pick<SearchTask, 'k' | 'python' | 'log'>,
): Promise<Outcome> {
  if (exact.every(({ best }) => best.documents.length === 0)) {
    return { is: 'failed', why: 'no query shares a term with a document, so there is nothing to compare' };
  }
  const folder = mkdtempSync(join(tmpdir(), 'search-engine-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const stored = storedBy(engine, collection);
    const { hits, ...speed } = await engine.search({ ...stored, ...options, folder });
    const expected = stored === collection ? exact : exactRankings(stored);
    const faults = expected.flatMap((ranking, query) => {
      const found = hits[query];
      const fault = found === undefined ? 'no answer' : rankingFault(ranking, found, options.k);
      return fault === undefined ? [] : [{ query, fault }];
    });
    return { is: 'compared', ...speed, recall: recall(exact, hits, options.k), faults };
  } catch (error) {
    if (error instanceof ReferenceUnavailableError) return { is: 'unavailable', why: error.message };
    if (error instanceof SearchEngineError) return { is: 'failed', why: error.message };
    throw error;
  } finally {
    process.removeListener('exit', remove);
    remove();
  }
}

function storedBy({ stored }: SearchEngine, collection: Collection): Collection {
  if (stored === undefined) return collection;
  return { documents: stored.of(collection.documents), queries: stored.of(collection.queries) };
}
