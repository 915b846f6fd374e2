import { counted } from '../../counted.js';
import { pairedRandomizationTest } from '../../evaluation/statistics.js';
import { wrapped } from '../../shell/help-text.js';
import { oneLine, plainTable } from '../../shell/table.js';
import { COMPARED, type ModelResult } from './evaluate-model.js';

/** The results of all models on a task. */
export interface TaskResult {
  readonly task: string;
  readonly folder: string;
  readonly queries: number;
  readonly documents: number;
  readonly models: readonly ModelResult[];
}

/** How a model differs from the first one on a task. */
export interface Comparison {
  readonly model: string;
  readonly than: string;
  readonly measure: string;
  readonly difference: number;
  readonly pValue: number;
}

/** The measures of the tables: their titles and keys. */
const COLUMNS = {
  'nDCG@10': COMPARED,
  'MRR@10': 'mrr@10',
  'MAP@100': 'map@100',
  'recall@100': 'recall@100',
} as const;

const LONGEST_NAME = 20;
const MEBIBYTE = 2 ** 20;

const nameOf = (model: string): string => {
  const line = oneLine(model, Number.MAX_SAFE_INTEGER);
  return line.length <= LONGEST_NAME ? line : `…${line.slice(1 - LONGEST_NAME)}`;
};

const metricOf = ({ similarity, metrics }: ModelResult, key: string): number =>
  metrics[`${similarity}_${key}`] ?? metrics[key] ?? Number.NaN;

const four = (value: number): string => value.toFixed(4);

/** How each other model differs from the first. */
export function comparisonsOf({ models }: TaskResult): Comparison[] {
  const [first, ...others] = models;
  if (first === undefined) return [];
  return others.map(({ model, scores }) => ({
    model,
    than: first.model,
    measure: COMPARED,
    ...pairedRandomizationTest(scores, first.scores),
  }));
}

/** The tables of a task, and the tests below them. */
export function taskText(result: TaskResult): string {
  const { task, queries, documents, models } = result;
  const quality = models.map((each) => {
    const [ndcg, ...rest] = Object.values(COLUMNS).map((key) => four(metricOf(each, key)));
    const { low, high } = each.interval;
    return [nameOf(each.model), ndcg ?? '', `${low.toFixed(3)} to ${high.toFixed(3)}`, ...rest];
  });
  const [ndcgTitle, ...titles] = Object.keys(COLUMNS);
  const costs = models.map((each) => [
    nameOf(each.model),
    metricOf(each, 'query_active_dims').toFixed(1),
    metricOf(each, 'corpus_active_dims').toFixed(1),
    metricOf(each, 'avg_flops').toFixed(2),
    ...costCells(each),
  ]);
  return [
    wrapped(
      `${oneLine(task, 60)}: ${counted(queries, 'query', 'queries')}, ${counted(documents, 'document')}`,
    ),
    '',
    plainTable([['model', ndcgTitle ?? '', '95% interval', ...titles], ...quality]),
    '',
    plainTable([['model', 'query dims', 'doc dims', 'FLOPs', 'index MiB', 'search ms', 'p95 ms'], ...costs]),
    ...comparisonsOf(result).map(comparisonText),
  ].join('\n');
}

function costCells({ costs }: ModelResult): string[] {
  if (costs === null) return ['-', '-', '-'];
  return [(costs.indexBytes / MEBIBYTE).toFixed(2), costs.medianMs.toFixed(3), costs.p95Ms.toFixed(3)];
}

function comparisonText({ model, than, difference, pValue }: Comparison): string {
  const sign = difference < 0 ? '' : '+';
  const p = pValue < 0.001 ? '< 0.001' : `= ${pValue.toFixed(3)}`;
  return `\n${wrapped(`${nameOf(model)}: nDCG@10 ${sign}${four(difference)} against ${nameOf(than)}, p ${p}`, '  ')}`;
}

/** Each metric of a model, averaged over the tasks. */
export function meansOf(
  results: readonly TaskResult[],
): { readonly model: string; readonly metrics: Record<string, number> }[] {
  const [first] = results;
  return (first?.models ?? []).map(({ model, metrics }, at) => ({
    model,
    metrics: Object.fromEntries(
      Object.keys(metrics).map((key) => [
        key,
        results.reduce((sum, { models }) => sum + (models[at]?.metrics[key] ?? Number.NaN), 0) /
          results.length,
      ]),
    ),
  }));
}

/** The table of means over several tasks. */
export function meansText(results: readonly TaskResult[]): string {
  const similarities = results[0]?.models.map(({ similarity }) => similarity) ?? [];
  const rows = meansOf(results).map(({ model, metrics }, at) => [
    nameOf(model),
    ...Object.values(COLUMNS).map((key) => four(metrics[`${similarities[at]}_${key}`] ?? Number.NaN)),
  ]);
  return `mean of ${counted(results.length, 'task')}\n\n${plainTable([['model', ...Object.keys(COLUMNS)], ...rows])}`;
}
