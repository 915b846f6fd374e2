import { grouped } from '../../src/counted.js';
import { EXIT } from '../../src/shell/exit-codes.js';
import { plainTable } from '../../src/shell/table.js';
import type { SearchEngine } from './engine.js';
import { SEARCH_ENGINES, type SearchEngineName } from './engines.js';
import type { Outcome } from './run-engine.js';

export interface Report {
  readonly model: string;
  readonly documents: number;
  readonly queries: number;
  /** Active dimensions on average. */
  readonly terms: { readonly document: number; readonly query: number };
  readonly encodeSeconds: number;
  /** Hits of each query. */
  readonly k: number;
  readonly engines: readonly { readonly name: SearchEngineName; readonly outcome: Outcome }[];
}

const SHOWN_FAULTS = 5;

export function renderReport({ engines, k, ...report }: Report): string {
  const { documents, queries, terms, encodeSeconds, model } = report;
  const head = ['engine', 'weights', 'index s', 'queries/s', `recall@${k}`, 'queries that differ'];
  const rows = engines.map(({ name, outcome }) => {
    const { title, stored }: SearchEngine = SEARCH_ENGINES[name];
    if (outcome.is !== 'compared') return [title, outcome.is];
    return [
      title,
      stored?.title ?? 'float32',
      outcome.indexSeconds.toFixed(1),
      grouped(Math.round(outcome.queriesPerSecond)),
      outcome.recall.toFixed(4),
      String(outcome.faults.length),
    ];
  });
  return [
    `${grouped(documents)} documents of ${terms.document.toFixed(1)} terms, ${grouped(queries)} queries of ${terms.query.toFixed(1)}, encoded in ${encodeSeconds.toFixed(1)} s by ${model}`,
    '',
    plainTable([head, ...rows]),
    ...engines.flatMap(({ name, outcome }) => explanation(name, outcome)),
    '',
  ].join('\n');
}

function explanation(name: SearchEngineName, outcome: Outcome): string[] {
  if (outcome.is !== 'compared') return [`${name} ${outcome.is}: ${outcome.why}`];
  const shown = outcome.faults.slice(0, SHOWN_FAULTS);
  const lines = shown.map(({ query, fault }) => `${name}, query ${query}: ${fault}`);
  const others = outcome.faults.length - shown.length;
  return others === 0 ? lines : [...lines, `${name}: and ${others} more queries`];
}

/** A ranking that differs takes precedence over an engine that is not available. */
export function exitCode({ engines }: Report): number {
  const outcomes = engines.map(({ outcome }) => outcome);
  if (outcomes.length === 0) return EXIT.wrongUse;
  const differs = outcomes.some((outcome) =>
    outcome.is === 'compared' ? outcome.faults.length > 0 : outcome.is === 'failed',
  );
  if (differs) return EXIT.finding;
  return outcomes.some(({ is }) => is === 'unavailable') ? EXIT.environment : EXIT.fine;
}
