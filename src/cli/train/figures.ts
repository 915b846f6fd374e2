/** A figure in a few characters: 0.1234, 12.34, 1234, 1.2e-5. */
export function aFigure(value: number): string {
  if (Number.isNaN(value)) return 'not a number';
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-3) return value.toExponential(1);
  return value.toFixed(size < 1 ? 4 : size < 100 ? 2 : 0);
}

/** Whether a metric of an evaluation is worth a line of its own; JSON and metrics.jsonl have all of them. */
export const isTold = (name: string): boolean =>
  name.startsWith('eval_') && !/_(accuracy|precision|recall|map)@\d+$|_sparsity_ratio$/.test(name);
