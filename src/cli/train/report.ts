import { join } from 'node:path';
import { counted } from '../../counted.js';
import type { SkippedRows } from '../../datasets/check-rows.js';
import { printable } from '../../printable.js';
import { COLUMNS, wrapped } from '../../shell/help-text.js';
import type { TrainOutput } from '../../trainer/train-output.js';
import { aFigure, isTold } from './figures.js';
import { finalModel } from './run-folder.js';

/** The results of a run. */
export interface TrainReport {
  readonly output: string;
  readonly steps: number;
  readonly seconds: number;
  readonly trainLoss: number;
  /** The metrics of the saved model, if it was evaluated. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The rows that were skipped, and what was wrong with the first few. */
  readonly skippedRows: SkippedRows;
  /** The same for the data of evaluations. */
  readonly skippedEvalRows: SkippedRows;
}

/** @param isBest whether the model comes from the best evaluation instead of the last one */
export function reportOf(
  output: string,
  { globalStep, trainingLoss, metrics, skipped, evalSkipped, state }: TrainOutput,
  isBest: boolean,
): TrainReport {
  const step = isBest ? state.bestGlobalStep : globalStep;
  // The last entry has the figures of the whole run.
  const own = state.logHistory.filter((entry) => entry['step'] === step && !('train_runtime' in entry));
  const evaluated = own.flatMap((entry) =>
    Object.entries(entry).filter(([name]) => name.startsWith('eval_') && name !== 'eval_runtime'),
  );
  return {
    output: finalModel(output),
    steps: globalStep,
    seconds: metrics['train_runtime'] ?? 0,
    trainLoss: trainingLoss,
    metrics: Object.fromEntries(evaluated),
    skippedRows: { count: skipped.count, reasons: skipped.reasons },
    skippedEvalRows: { count: evalSkipped.count, reasons: evalSkipped.reasons },
  };
}

/** The report in words: what was made, how good it is, where it is, and what to do with it. */
export function reportText(report: TrainReport): string {
  const { output, steps, seconds, trainLoss, metrics } = report;
  const path = printable(output);
  const measured = Object.entries(metrics)
    .filter(([name]) => isTold(name))
    .map(([name, value]) => `  ${name} ${aFigure(value)}`);
  return [
    wrapped(
      `trained in ${counted(steps, 'step')} and ${seconds.toFixed(1)} s, mean loss ${aFigure(trainLoss)}`,
    ),
    ...measured,
    ...skippedText(report.skippedRows, 'trained on'),
    ...skippedText(report.skippedEvalRows, 'evaluated on'),
    `saved: ${path}`,
    'next:',
    `  sparse-encoder encode ${path} --input texts.jsonl --output embeddings.jsonl`,
    `  sparse-encoder explain ${path} "a query" "a document"`,
    `  sparse-encoder export ${path} --output ${printable(join(output, '..', 'onnx'))}`,
    '',
  ].join('\n');
}

function skippedText({ count, reasons }: SkippedRows, use: string): string[] {
  if (count === 0) return [];
  const rest = count - reasons.length;
  return [
    `skipped: ${counted(count, 'row')} that cannot be ${use}`,
    ...reasons.map((reason) => `  ${wrapped(printable(reason), '    ', COLUMNS - 2)}`),
    ...(rest > 0 ? [`  and ${counted(rest, 'other')}`] : []),
  ];
}
