import { CONDITIONS } from '../../src/trainer/guards/conditions.js';
import type { Run } from './runs.js';
import type { Outcome } from './watch.js';

/** One row for each run, for a document: what was said at which step, and how near each figure came to its limit. */
export function markdown(runs: readonly Run[], outcomes: readonly Outcome[]): string {
  const header = [
    'run',
    'told',
    ...CONDITIONS.map(({ name, bad, limit, steps }) => `${name} (${bad} ${limit}, ${steps} steps)`),
  ];
  const rows = outcomes.map(({ run, told, readings, error, isRight }) => {
    const { expects } = runs.find(({ name }) => name === run) ?? {};
    const right = isRight ? '' : '**wrong** ';
    return [
      run,
      `${right}${[...told.map(({ step, text }) => toldAs(step, text)), ...(error === null ? [] : [error])].join('; ') || 'nothing'}${expects === undefined ? '' : ` (due by ${expects.by})`}`,
      ...CONDITIONS.map(({ name }) => figure(readings[name]?.worst)),
    ];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line), ''].join('\n');
}

/** A warning by the words that tell it from the others. */
function toldAs(step: number, text: string): string {
  const [, words = text.slice(0, 40)] =
    /(queries were zero|documents were zero|dimensions of documents|the loss has been|latents|changes nothing|never reaches learningRate|never reach their full values)/.exec(
      text,
    ) ?? [];
  return step === 0 ? `${words}, before step 1` : `${words}, step ${step}`;
}

const figure = (value: number | undefined): string =>
  value === undefined
    ? '-'
    : value === 0
      ? '0'
      : Math.abs(value) < 0.01
        ? value.toExponential(0)
        : value.toFixed(2);
