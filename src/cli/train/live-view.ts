import { memoryUsage } from 'node:process';
import { grouped } from '../../counted.js';
import { openProgress, type Progress } from '../../progress.js';
import { tell } from '../../shell/tell.js';
import type { LogEntry, StepNumbers, TrainerCallback, TrainerControl } from '../../trainer/callbacks.js';
import { aFigure, isTold } from './figures.js';

/** Log entries that a training line shows in another form. */
const TOLD = ['loss', 'epoch', 'query_active_dims', 'document_active_dims'];

export interface LiveView {
  readonly callback: TrainerCallback;
  /** Removes the bar, however the run has ended. */
  readonly stop: () => void;
}

/**
 * Shows a run. On a terminal, a bar has the loss, the active dimensions, the speed, the memory and the remaining time. In
 * every case there is a line for each entry of the log. In CI there are only the lines of evaluations.
 */
export function liveView(): LiveView {
  let bar: Progress | undefined;
  let [begin, first, tokens, text] = [0, 0, 0, ''];
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  const callback: TrainerCallback = {
    onTrainBegin({ state }) {
      [begin, first, tokens] = [performance.now(), state.globalStep, 0];
      bar = openProgress(state.maxSteps);
      if (first > 0) bar.advance('', first);
    },
    onStepEnd({ state, step, control }) {
      tokens += step?.tokens ?? 0;
      const seconds = (performance.now() - begin) / 1000;
      const left = (seconds / (state.globalStep - first)) * (state.maxSteps - state.globalStep);
      text = barText(step, { tokensPerSecond: tokens / seconds, left });
      bar?.advance(nextOf(control) ?? text);
    },
    onEvaluate: ({ control }) => bar?.note(nextOf(control) ?? text),
    onSave: () => bar?.note(text),
    onEpochEnd: ({ control }) => bar?.note(nextOf(control) ?? text),
    onLog({ logs = {}, state: { globalStep, maxSteps } }) {
      const isEvaluation = Object.keys(logs).some((name) => name.startsWith('eval_'));
      if ((process.env['CI'] ?? '') !== '' && !isEvaluation) return;
      // The last entry sums up the run, as the report does.
      if ('train_runtime' in logs) return;
      tell(`step ${globalStep}/${maxSteps}: ${isEvaluation ? evaluationLine(logs) : trainingLine(logs)}`);
    },
    onTrainEnd: stop,
  };
  return { callback, stop };
}

/** Work that is due before the next step and takes long. */
function nextOf({
  shouldEvaluate,
  shouldSave,
}: Pick<TrainerControl, 'shouldEvaluate' | 'shouldSave'>): string | undefined {
  if (shouldEvaluate) return 'evaluating';
  return shouldSave ? 'saving a checkpoint' : undefined;
}

/** The text beside the bar, short enough for a terminal of 80 columns. */
export function barText(
  step: Pick<StepNumbers, 'loss' | 'activity'> | undefined,
  { tokensPerSecond, left }: { readonly tokensPerSecond: number; readonly left: number },
): string {
  const active = activeText(step?.activity ?? {});
  return [
    `loss ${aFigure(step?.loss ?? Number.NaN)}`,
    ...(active === undefined ? [] : [active]),
    `${shortCount(tokensPerSecond)} tok/s`,
    `${(memoryUsage.rss() / 2 ** 30).toFixed(1)} GiB`,
    timeText(left),
  ].join(' ');
}

export function trainingLine(logs: LogEntry): string {
  const active = activeText(logs);
  const rest = Object.entries(logs).filter(([name]) => !TOLD.includes(name));
  return [
    `loss ${aFigure(logs['loss'] ?? Number.NaN)}`,
    ...(active === undefined ? [] : [`active q/d ${active}`]),
    ...rest.map(([name, value]) => `${name} ${aFigure(value)}`),
    `epoch ${aFigure(logs['epoch'] ?? 0)}`,
  ].join(', ');
}

function evaluationLine(logs: LogEntry): string {
  return Object.entries(logs)
    .filter(([name]) => isTold(name))
    .map(([name, value]) => `${name} ${aFigure(value)}`)
    .join(', ');
}

/** The active dimensions of queries and of documents. */
function activeText({
  query_active_dims: query,
  document_active_dims: document,
}: LogEntry): string | undefined {
  if (query === undefined || document === undefined) return undefined;
  return `${shortCount(query)}/${shortCount(document)}`;
}

const shortCount = (count: number): string =>
  count < 999.5 ? String(Math.round(count)) : `${grouped(Math.round(count / 1000))}k`;

/** 42 s, 7 min, 2:05 h. */
export function timeText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60
    ? `${minutes} min`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')} h`;
}
