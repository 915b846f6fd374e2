import { lineChart, type LineSeries } from '../../html/line-chart.js';
import type { LogEntry } from '../../trainer/callbacks.js';

interface Chart {
  readonly title: string;
  readonly has: (name: string) => boolean;
}

const oneOf =
  (...names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

/** What a run logs, chart by chart. */
const TRAINING: readonly Chart[] = [
  { title: 'Loss', has: (name) => name === 'loss' || (isLoss(name) && !isRegularizer(name)) },
  { title: 'Regularizers', has: isRegularizer },
  { title: 'Active dimensions', has: oneOf('query_active_dims', 'document_active_dims') },
  { title: 'Expected FLOPs of a query and a document', has: oneOf('expected_flops') },
  { title: 'Learning rate', has: oneOf('learning_rate') },
  { title: 'Weights of the regularizers', has: (name) => name.endsWith('_regularizer_weight') },
  { title: 'Norm of the gradient', has: oneOf('grad_norm') },
  { title: 'Share of texts without active dimensions', has: (name) => name.endsWith('_all_zero') },
];

const ending =
  (pattern: RegExp) =>
  (name: string): boolean =>
    name.startsWith('eval_') && pattern.test(name);

/** A metric of our evaluators belongs to one chart, whose lines share their unit. */
const EVALUATION: readonly Chart[] = [
  { title: 'nDCG', has: ending(/ndcg@\d+$/) },
  { title: 'MRR and MAP', has: ending(/(?:mrr|map)(?:@\d+)?$/) },
  {
    title: 'Loss on the evaluation data',
    has: (name) => name.startsWith('eval_') && isLoss(name) && !isRegularizer(name),
  },
  { title: 'Active dimensions in the evaluation', has: ending(/active_dims$/) },
  { title: 'Expected FLOPs in the evaluation', has: ending(/avg_flops$/) },
  { title: 'Correlation', has: ending(/(?:pearson|spearman)_[a-z]+$/) },
  { title: 'Average precision and F1', has: ending(/_(?:ap|f1)$/) },
  { title: 'Accuracy', has: ending(/accuracy(?:@\d+)?$/) },
  { title: 'Precision', has: ending(/precision(?:@\d+)?$/) },
  { title: 'Recall', has: ending(/recall(?:@\d+)?$/) },
];

/** Written beside the metrics of an evaluation, or said by another figure already. */
const NO_METRICS = /_(?:runtime|skipped_rows|sparsity_ratio)$/;

/** Lines that one picture can tell apart. */
const MOST_LINES = 4;

export const trainingCurves = (entries: readonly LogEntry[]): string =>
  charts(
    TRAINING,
    entries.filter((entry) => !isEvaluation(entry) && !('train_runtime' in entry)),
  );

/** The metrics of any evaluator. One that no chart has, as that of a user's own evaluator, gets a chart of its own. */
export function evaluationCurves(entries: readonly LogEntry[]): string {
  const evaluations = entries.filter(isEvaluation);
  const others = namesIn(evaluations)
    .filter((name) => name.startsWith('eval_') && !NO_METRICS.test(name))
    .filter((name) => !EVALUATION.some(({ has }) => has(name)));
  const own = others.map((name): Chart => ({ title: withoutPrefix(name), has: oneOf(name) }));
  return charts([...EVALUATION, ...own], evaluations);
}

const namesIn = (entries: readonly LogEntry[]): string[] => [...new Set(entries.flatMap(Object.keys))];

const withoutPrefix = (name: string): string => name.replace(/^eval_/, '');

const isEvaluation = (entry: LogEntry): boolean =>
  Object.keys(entry).some((name) => name.startsWith('eval_'));

function isLoss(name: string): boolean {
  return name.endsWith('loss');
}

function isRegularizer(name: string): boolean {
  return name.endsWith('regularizer_loss');
}

function charts(all: readonly Chart[], entries: readonly LogEntry[]): string {
  const names = namesIn(entries);
  const drawn = all.flatMap(({ title, has }) => {
    const own = names.filter(has);
    const parts = Array.from({ length: Math.ceil(own.length / MOST_LINES) }, (_, part) =>
      own.slice(part * MOST_LINES, (part + 1) * MOST_LINES),
    );
    return parts.map((lines, part) =>
      lineChart(
        parts.length === 1 ? title : `${title} (${part + 1} of ${parts.length})`,
        'step',
        lines.map((name) => seriesOf(name, entries)),
      ),
    );
  });
  return drawn.length === 0 ? '' : `<div class="grid">${drawn.join('\n')}</div>`;
}

function seriesOf(name: string, entries: readonly LogEntry[]): LineSeries {
  const points = entries.flatMap((entry) => {
    const [x, y] = [entry['step'], entry[name]];
    return x === undefined || y === undefined ? [] : [{ x, y }];
  });
  return { name: withoutPrefix(name), points };
}
