import type { WireTensor } from '../../src/python/exchange.js';
import { numberText } from './statistics.js';

/** Numbers of a tensor that a report shows; the file of the case has all of them. */
const MOST_NUMBERS = 64;

/** A tensor as a reader sees it: `float32 [2, 3]`, and below it a line for each row. */
export function tensorText({ dtype, shape, data }: WireTensor): string {
  const width = Math.max(1, shape.at(-1) ?? 1);
  const rows: string[] = [];
  for (let start = 0; start < Math.min(data.length, MOST_NUMBERS); start += width) {
    const end = Math.min(start + width, data.length, MOST_NUMBERS);
    const numbers = Array.from({ length: end - start }, (_, i) => elementText(dtype, data[start + i] ?? 0));
    rows.push(`[${numbers.join(', ')}${end < start + width && end < data.length ? ', …' : ''}]`);
  }
  const rest = data.length - MOST_NUMBERS;
  return [`${dtype} [${shape.join(', ')}]`, ...rows, ...(rest > 0 ? [`… ${rest} more`] : [])].join('\n');
}

function elementText(dtype: WireTensor['dtype'], element: number | bigint): string {
  if (dtype === 'bool') return element === 0 ? 'false' : 'true';
  if (typeof element === 'bigint') return String(element);
  return numberText(element);
}
